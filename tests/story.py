"""A whole site in one test: real store, use cases, machine door and reconciler; a clock moved by hand, BMCs in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from rackwright.app.arm import ArmRequest, arm
from rackwright.app.bmc_password import seal_bmc_password
from rackwright.app.cancel import cancel
from rackwright.app.context import Context
from rackwright.app.install_view import InstallView, install_views
from rackwright.app.notice import flush
from rackwright.app.read_log import LogLine, read_log
from rackwright.app.set_limit import set_limit
from rackwright.doors.machine.app import machine_app
from rackwright.doors.machine.deps import Deps
from rackwright.images.files import ImageStore
from rackwright.oob.fake import FakeBmc, FakeMachine
from rackwright.reach.fake import FakeHook, FakeLiveness
from rackwright.settings import NetworkSettings, Settings
from rackwright.store import effects, images, installs, machines, sessions
from rackwright.store.sightings import OURSELVES
from rackwright.store.store import Store
from rackwright.values.ids import Mac
from rackwright.values.image import Image
from rackwright.values.install import Install, State
from rackwright.values.machine import Bmc, BmcType, Machine, RegisteredNic
from rackwright.values.network import Unknown
from rackwright.vault.vault import Vault
from rackwright.work.in_hand import LEASE_US
from rackwright.work.power import Patience
from rackwright.work.reconciler import Reconciler
from rackwright.work.start_machine import StartMachine
from tests.builders import SITE, machine

START_US = 1_700_000_000_000_000
IMAGE_BYTES = b"a system image, compressed" * 100
IMAGE = Image(hashlib.sha256(IMAGE_BYTES).hexdigest(), "tiny", "zstd", len(IMAGE_BYTES), 1 << 20, 512, START_US)
PASSWORD = "secret"  # what FakeMachine expects
DOOR = "http://10.77.0.1:8080"
ON_THE_WAY = (
    State.QUEUED, State.STARTING, State.INSPECTING, State.WAITING, State.GRANTED, State.INSTALLING,
    State.FIRST_BOOT, State.DONE,
)  # fmt: skip


@dataclass
class Clock:
    now_us: int = START_US

    def __call__(self) -> int:
        return self.now_us

    def go(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


@dataclass
class FakeLeases:
    given: dict[str, str] = field(default_factory=dict[str, str])

    def mac_of(self, address: str) -> str | None:
        return self.given.get(address)


class Site:
    """The server's side. `settings` go over the defaults."""

    def __init__(self, store: Store, directory: Path, **settings: Any) -> None:
        unknown = settings.pop("unknown", Unknown.DISK)
        lab = NetworkSettings(name="lab", interface="br0", address="10.77.0.1/24", unknown=unknown)
        chosen = Settings(site=SITE, state_dir=directory, network=[lab], **settings)
        self.store, self.clock, self.directory = store, Clock(), directory
        self.context = Context(chosen, Vault(b"k" * 32))
        self.rack, self.leases = FakeBmc(), FakeLeases()
        self.liveness = FakeLiveness()
        self.hook: FakeHook | None = None
        self.patience = Patience(settles_s=0)
        self.reconciler = Reconciler(store, self.context, self.clock)
        (directory / "images").mkdir(exist_ok=True)
        (directory / "images" / IMAGE.sha256).write_bytes(IMAGE_BYTES)
        store.write(lambda tx: images.put(tx, IMAGE))
        self.deps = Deps(
            store=store, context=self.context, networks=chosen.networks(), leases=self.leases, now=self.clock,
            ramos_dir=directory, image_path=ImageStore(directory / "images").path, local_loader=b"",
        )  # fmt: skip
        self.app: Starlette = machine_app(self.deps)

    def client(self, address: str) -> TestClient:
        """A peer of the machine door; a bug on the server's side is its 500."""
        return TestClient(self.app, base_url=DOOR, client=(address, 40000), raise_server_exceptions=False)

    def register(self, number: int = 1, **values: Any) -> Machine:
        """web01 with serial SN0001, one MAC and a BMC, its password sealed."""
        name, address = f"web{number:02}", f"10.77.1.{number}"
        made = machine().named(name).with_serial(f"SN{number:04}").having(os=IMAGE.name).build()
        sealed = seal_bmc_password(self.context.vault, made.id, PASSWORD)
        given = {"nics": (RegisteredNic(mac_of(number)),), "bmc": Bmc(BmcType.IPMI, address, "admin", sealed)} | values
        made = machine_with(made, **given)
        self.rack.rack.setdefault(address, FakeMachine(fru_serial=made.serial))
        self.store.write(lambda tx: machines.put(tx, made))
        return made

    def arm(self, *names: str, actor: str = "ann", **asked: Any) -> list[str]:
        request = ArmRequest(names=names or ("web01",), **asked)
        plan = self.store.write(lambda tx: arm(tx, self.clock(), self.context, request, actor))
        return [line.install for line in plan.will]

    def cancel(self, name: str = "web01", reason: str = "") -> Install:
        return self.store.write(lambda tx: cancel(tx, self.clock(), self.context, name, "ann", reason))

    def set_limit(self, scope: str, resource: str, value: int) -> None:
        self.store.write(lambda tx: set_limit(tx, self.clock(), self.context, scope, resource, value, "ann"))

    def tick(self, seconds: float = 1.0) -> None:
        self.clock.go(seconds)
        self.deps.notices.saw(OURSELVES, "door", self.clock(), {})
        self.store.write(lambda tx: flush(tx, SITE, *self.deps.notices.take()))
        self.reconciler.tick()

    def wait(self, seconds: float) -> None:
        """Time in which the server looks all the time."""
        while seconds > 0:
            self.tick(min(seconds, 10.0))
            seconds -= 10.0

    def lease(self, holder: str = "work", limit: int = 32, places: int = 32) -> list[effects.Effect]:
        now = self.clock()
        return self.store.write(lambda tx: effects.lease_due(tx, SITE, now, now + LEASE_US, holder, limit, places))

    def starter(self, bmc: Any = None) -> StartMachine:
        drivers = {BmcType.IPMI: bmc or self.rack}
        return StartMachine(self.store, self.context, drivers, self.liveness, self.hook, self.clock, self.patience)

    def power(self, bmc: Any = None) -> int:
        """Carries out every effect that is due; says how many there were."""
        due = self.lease()
        for effect in due:
            self.starter(bmc).carry_out(effect)
        return len(due)

    def bmc(self, number: int = 1) -> FakeMachine:
        return self.rack.rack[f"10.77.1.{number}"]

    def install(self, name: str = "web01") -> Install:
        def look(tx: machines.Tx) -> Install | None:
            found = machines.by_name(tx, SITE, name)
            return installs.latest(tx, SITE, found.id) if found else None

        found = self.store.read(look)
        assert found is not None
        return found

    def claim_scope(self, name: str = "web01") -> Any:
        """What the granted claim of its attempt covers."""
        install = self.install(name)
        claim = self.store.read(lambda tx: sessions.claim_of(tx, SITE, install.id, install.attempt))
        return json.loads(claim.scope) if claim else None

    def state(self, name: str = "web01") -> State:
        return self.install(name).state

    def machine(self, name: str = "web01") -> Machine:
        found = self.store.read(lambda tx: machines.by_name(tx, SITE, name))
        assert found is not None
        return found

    def log(self, name: str = "web01", language: str = "en") -> list[LogLine]:
        return self.store.read(lambda tx: read_log(tx, self.context, language, name, 0, 1000))

    def kinds(self, name: str = "web01") -> list[str]:
        return [line.kind for line in self.log(name)]

    def view(self, name: str = "web01", language: str = "en") -> InstallView:
        return self.store.read(lambda tx: install_views(tx, self.context, language, names=[name]))[0]

    @contextmanager
    def nothing_moves(self, name: str = "web01") -> Iterator[None]:
        """What happens inside leaves the install's row as it is."""
        before = self.install(name)
        yield
        assert self.install(name) == before


def machine_with(made: Machine, **values: Any) -> Machine:
    from dataclasses import replace

    return replace(made, **values)


def mac_of(number: int) -> Mac:
    return Mac(f"52:54:00:00:00:{number:02x}")
