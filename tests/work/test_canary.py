"""Unmistakable secrets go in at every place that takes one; nothing that anybody reads may hold them."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rackwright import logs
from rackwright.app.bmc_password import seal_bmc_password
from rackwright.app.tokens import make_token
from rackwright.decide.access import Role
from rackwright.doors.api.app import operators_app
from rackwright.doors.api.deps import ApiDeps
from rackwright.images.files import ImageStore
from rackwright.oob.ipmitool import Ipmitool
from rackwright.settings import ProfileSettings
from rackwright.store import machines
from rackwright.store.store import Store
from rackwright.values.install import State
from rackwright.values.machine import Bmc, BmcType
from rackwright.work.effects import EffectRunner
from rackwright.work.in_hand import LEASE_US
from tests.robot import Robot
from tests.story import START_US, Site, machine_with

BMC_PASSWORD = "CANARYbmcPASSWORD"
ROOT_HASH = "$6$CANARY$rootHASH"
API_TOKEN = "rw_CANARYapiTOKEN"
IPMITOOL = """#!/bin/sh
echo "$@" >>"$(dirname "$0")/argv"
case "$*" in
*"power status") [ -e "$(dirname "$0")/on" ] && echo "Chassis Power is on" || echo "Chassis Power is off" ;;
*"power on") touch "$(dirname "$0")/on" ;;
*"power off") rm -f "$(dirname "$0")/on" ;;
*"fru print 0") echo " Product Serial : SN0001" ;;
*"bootparam get 5")
    echo "Boot parameter data: a004000000" ;;
esac
"""
# A boot request in these is a reboot.
AT_WORK = (State.WAITING, State.GRANTED, State.INSTALLING)


@dataclass
class Scene:
    """A site whose every secret is a canary, its operators' API, and a recorded ipmitool."""

    site: Site
    api: TestClient
    ipmitool: Path
    log: io.StringIO

    def secrets(self) -> dict[str, str]:
        install = self.site.install()
        return {
            "BMC password": BMC_PASSWORD,
            "root password hash": ROOT_HASH,
            "API token": API_TOKEN,
            "first-boot token": self.site.context.first_boot_token(install.id, install.attempt),
            "session token": self.site.context.session_token(install.session).partition(".")[2],
            "sealed BMC password": self.site.machine().bmc.password,
        }

    def argv(self) -> str:
        return (self.ipmitool.parent / "argv").read_text()

    def answers(self) -> str:
        """Every GET of the API, what a person does with it, and its errors."""
        paths = (
            "/machines", "/machines/web01", "/machines/export?format=csv", "/machines/web01/log", "/installs",
            "/installs?names=web01", "/discovered", "/images", "/tokens", "/status", "/machines/nobody", "/nothing",
        )  # fmt: skip
        got = [self.api.get(path).text for path in paths]
        got += [self.api.get(path, headers={"Accept-Language": "zh"}).text for path in paths]
        got.append(self.api.post("/installs/plan", json={"names": ["web01"]}).text)
        for change in (
            {"bmc_password": BMC_PASSWORD + "\x07"},
            {"nothing": BMC_PASSWORD},
            {"bmc_password": BMC_PASSWORD},
        ):
            got.append(self.api.patch("/machines/web01", json={"set": change}).text)
        rows = f"hostname,site,bmc_password,vlan\nweb01,sh1,{BMC_PASSWORD},x\nweb02,sh1,{BMC_PASSWORD}2,5\n"
        got.append(self.api.post("/machines/import", content=rows, headers={"Content-Type": "text/csv"}).text)
        got.append(self.api.get("/status", headers={"Authorization": f"Bearer {API_TOKEN}x"}).text)
        return "\n".join(got)


@pytest.fixture
def scene(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    log = io.StringIO()
    with monkeypatch.context() as process:
        process.setattr(sys, "stderr", log)
        monkeypatch.setattr(logging.root, "handlers", [])
        logs.set_up("test")
    site = Site(sqlite_store, tmp_path, profile={"default": ProfileSettings(root_password_hash=ROOT_HASH)})
    made = site.register()
    sealed = seal_bmc_password(site.context.vault, made.id, BMC_PASSWORD)
    bmc = Bmc(BmcType.IPMI, "10.77.1.1", "admin", sealed)
    sqlite_store.write(lambda tx: machines.put(tx, machine_with(made, bmc=bmc)))
    sqlite_store.write(lambda tx: make_token(tx, START_US, "canary", Role.ADMIN, API_TOKEN))
    deps = ApiDeps(sqlite_store, site.context.settings, site.context.vault, ImageStore(tmp_path / "images"), site.clock)
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    api = TestClient(
        operators_app(deps), base_url="http://office/api/v1", headers=headers, raise_server_exceptions=False
    )
    program = tmp_path / "bin" / "ipmitool"
    program.parent.mkdir()
    program.write_text(IPMITOOL)
    program.chmod(0o755)
    site.arm()
    return Scene(site, api, program, log)


def power(scene: Scene) -> None:
    site = scene.site
    drivers = {BmcType.IPMI: Ipmitool(str(scene.ipmitool))}
    runner = EffectRunner(site.store, site.context, drivers, site.liveness, None, site.clock, "work", site.patience)
    for effect in site.lease():
        runner._carry_out(effect)  # pyright: ignore[reportPrivateUsage]
        runner._room.acquire()  # pyright: ignore[reportPrivateUsage]
    runner.close()


def timeline(scene: Scene) -> str:
    lines = [line for language in ("en", "zh") for line in scene.site.log(language=language)]
    return "\n".join(f"{line.kind} {line.text} {dict(line.values)}" for line in lines)


def assert_silent(scene: Scene, where: dict[str, str]) -> None:
    found = [
        (secret, place) for secret, text in scene.secrets().items() for place, said in where.items() if text in said
    ]
    assert found == []


def test_a_whole_install_leaves_no_secret_behind(scene: Scene) -> None:
    site, robot, scripts = scene.site, Robot(scene.site), list[str]()
    steps: list[Callable[[], object]] = [
        site.tick, lambda: power(scene), robot.asks_to_boot, robot.joins, site.tick, robot.claims, robot.hands_over,
        robot.phones_home,
    ]  # fmt: skip
    for step in steps:
        step()
        scripts += [robot.asks_to_boot(platform="efi")] if site.state() not in AT_WORK else []
        assert_silent(scene, {"API": scene.answers(), "timeline": timeline(scene), "boot scripts": "".join(scripts)})
    assert site.state() is State.DONE
    assert_silent(scene, {"argv": scene.argv(), "log": scene.log.getvalue()})
    assert "10.77.1.1" in scene.argv()


def test_a_bmc_that_shouts_the_password_is_not_quoted(scene: Scene) -> None:
    scene.ipmitool.write_text(IPMITOOL.replace('case "$*"', 'echo "bad $IPMI_PASSWORD" >&2; exit 1; case "$*"'))
    scene.site.tick()
    for _ in range(6):
        power(scene)
        scene.site.wait(30)
    assert scene.site.state() is State.FAILED
    assert "***" in timeline(scene)
    where = {"API": scene.answers(), "timeline": timeline(scene), "argv": scene.argv(), "log": scene.log.getvalue()}
    assert_silent(scene, where)


def test_a_bug_in_an_effect_logs_its_traceback_without_secrets(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: Ipmitool, bmc: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Ipmitool, "power_off", crash)
    scene.site.tick()
    power(scene)
    scene.site.wait(LEASE_US / 1_000_000)
    assert "ZeroDivisionError" in scene.log.getvalue()
    assert_silent(scene, {"log": scene.log.getvalue()})


def test_errors_of_the_machine_door_tell_no_token(scene: Scene) -> None:
    robot = Robot(scene.site)
    scene.site.tick()
    power(scene)
    robot.asks_to_boot()
    robot.joins()
    token = robot.token
    said = [
        robot.post(path, message).text for path in ("/v1/poll", "/v1/events", "/v1/claim") for message in ({}, [token])
    ]
    robot.token = token + "x"
    said += [robot.post("/v1/events", {"session": robot.session, "boot_id": robot.boot_id, "events": []}).text]
    assert_silent(scene, {"answers": "".join(said)})


def test_secrets_of_the_system_are_given_to_the_claim_alone(scene: Scene) -> None:
    site, robot = scene.site, Robot(scene.site)
    site.tick()
    power(scene)
    robot.asks_to_boot()
    before = str(robot.joins())
    site.tick()
    before += str(robot.polls())
    plan = robot.claims().text
    first_boot = scene.secrets()["first-boot token"]
    assert ROOT_HASH not in before
    assert first_boot not in before
    assert ROOT_HASH in plan
    assert first_boot in plan
    assert BMC_PASSWORD not in plan
