"""The files of an installed system against a golden file: paths, modes and whole texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.render.system_files import FirstBoot, system_files
from rackwright.values.ids import Mac
from rackwright.values.machine import Machine, RegisteredNic
from tests.builders import machine

GOLDEN = Path(__file__).parent.parent / "golden"
BOOT = FirstBoot("http://10.77.0.1:8080", "0190-install", "the-token", "#!/bin/sh\necho hello\n")
PLAIN = FirstBoot("http://10.77.0.1:8080", "0190-install", "the-token", "")
FOUR_PORTS = (
    machine()
    .named("web01")
    .having(
        nics=tuple(
            RegisteredNic(Mac(f"52:54:00:aa:bb:0{n}"), role)
            for n, role in enumerate(("install", "production", "", "bmc"))
        ),
        addresses=("10.1.0.5/24", "fd00::5/64"),
        gateway="10.1.0.1",
        dns=("10.1.0.2", "10.1.0.3"),
    )
    .build()
)
ONE_PORT = machine().named("db02").with_macs("52:54:00:aa:bb:09").build()
NO_PORT = machine().named("x").with_address("10.1.0.9/24").build()
KEYS = ("ssh-ed25519 AAAA ann", "ssh-rsa BBBB bob")
OURS = ("/usr/lib/rackwright/first-boot", "/etc/systemd/system/rackwright-first-boot.service")


@pytest.mark.parametrize(
    ("name", "made_for", "keys", "first_boot"),
    [
        ("system_files-four-ports", FOUR_PORTS, KEYS, BOOT),
        ("system_files-one-port", ONE_PORT, (), PLAIN),
        ("system_files-no-port", NO_PORT, (), PLAIN),
    ],
)
def test_a_machines_files_are_golden(
    name: str, made_for: Machine, keys: tuple[str, ...], first_boot: FirstBoot
) -> None:
    shown = "".join(
        f"=== {file.path} {file.mode}{f' -> {file.link_to}' if file.link_to else ''}\n"
        f"{'(the first boot, tested on its own)' if file.path in OURS else file.text.rstrip()}\n"
        for file in system_files(made_for, keys, first_boot)
    )
    assert shown == (GOLDEN / f"{name}.txt").read_text()


def test_what_holds_a_secret_is_for_root_alone() -> None:
    open_to_others = [
        f.path for f in system_files(FOUR_PORTS, KEYS, BOOT) if "the-token" in f.text and f.mode != "0600"
    ]
    assert open_to_others == []


def test_no_file_is_given_twice() -> None:
    paths = [file.path for file in system_files(FOUR_PORTS, KEYS, BOOT)]
    assert len(paths) == len(set(paths))
