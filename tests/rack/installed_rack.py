"""A rack with the whole product in it: the server inside, the command line outside, as an operator has them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtualrack import RackControl, RunningRack

HERE = Path(__file__).parent
TOP = HERE.parent.parent
COMMAND = Path(sys.executable).with_name("rackwright")
IMAGE = TOP / "dist/images/tiny.img.zst"
PATIENCE_S = 900.0  # a hang's bound, far beyond what a busy machine needs


@dataclass(frozen=True)
class InstalledRack:
    control: RackControl
    environment: dict[str, str]

    def rackwright(self, *arguments: str, expect: int | None = 0) -> str:
        done = subprocess.run(
            [COMMAND, *arguments], env=os.environ | self.environment, capture_output=True, text=True, timeout=120
        )
        said = done.stdout + done.stderr
        assert expect is None or done.returncode == expect, said
        return said

    def installs(self) -> dict[str, dict[str, Any]]:
        shown = json.loads(self.rackwright("installs", "--all", "--json"))["installs"]
        return {install["hostname"]: install for install in shown}

    def states(self) -> dict[str, str]:
        return {name: install["state"] for name, install in self.installs().items()}

    def timeline(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.rackwright("log", name, "--json").splitlines()]

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not reached():
            assert time.monotonic() < until, f"{what} was not reached; {self.installs()}"
            time.sleep(1)

    def wait_for_api(self) -> None:
        self.wait("the API", lambda: subprocess.run(
            [COMMAND, "status"], env=os.environ | self.environment, capture_output=True
        ).returncode == 0)  # fmt: skip

    def ipmitool(self, host: int, password: str, *words: str) -> str:
        asked = ["ipmitool", "-I", "lanplus", "-H", f"10.77.0.{host}", "-U", "rackwright", "-E", "-C", "17", *words]
        environment = os.environ | {"IPMI_PASSWORD": password}
        return subprocess.run(
            self.control.inside(*asked), env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    def disk(self, name: str, serial: str) -> Path:
        return self.control.run_dir.machine(name).directory / f"disk-{serial}.raw"

    def digest(self, name: str, serial: str) -> str:
        with self.disk(name, serial).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def installed_rack(directory: Path, name: str, settings: str, port: int) -> Generator[InstalledRack]:
    """The rack of `name`.toml, its machines blank, with a server by these settings; the API is not awaited yet."""
    run_dir = directory / "run"
    environment = {
        "RACKWRIGHT_STATE_DIR": str(run_dir / "state"),
        "RACKWRIGHT_RAMOS_DIR": str(TOP / "dist/ramos-amd64"),
        "RACKWRIGHT_SERVER": f"http://127.0.0.1:{port}",
        "RACKWRIGHT_TOKEN_FILE": str(run_dir / "state/admin.token"),
    }
    os.environ |= environment
    running = RunningRack(
        HERE / f"{name}.toml",
        run_dir,
        listen=f"127.0.0.1:{port}",
        server=[str(COMMAND), "serve", "--config", str(HERE / settings)],
        keep_logs=TOP / f".cache/rack-logs/{directory.name}",
    )
    with running:
        yield InstalledRack(running.control, environment)
