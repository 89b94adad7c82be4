"""The demo: a virtual rack is started and installed before your eyes, by the commands that you would type.

    python -m virtualrack.demo [--once]

With --once it ends when every install stands, with status 0 only if every healthy machine is done and the
machine with the wrong serial is held.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .control import RackControl
from .processes import die_with_parent
from .running import RackDidNotStart, RunningRack

TOP = Path(__file__).resolve().parent.parent
DEMO = TOP / "demo"
RAMOS = TOP / "dist/ramos-amd64"
IMAGE = TOP / "dist/images/debian-12.img.zst"
COMMAND = Path(sys.executable).with_name("rackwright")
EXPECTED = {"web01": "done", "db01": "done", "web02": "held"}
API_STARTS_S = 60.0
SHOWN_OF_LOG = 4000


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description="Installs a virtual rack.")
    parser.add_argument("--once", action="store_true", help="end when every install stands")
    once = parser.parse_args().once
    signal.signal(signal.SIGTERM, _stop)
    run_dir = Path(tempfile.gettempdir()) / "rackwright-demo"
    port = _free_port()
    os.environ |= {
        "RACKWRIGHT_STATE_DIR": str(run_dir / "state"),
        "RACKWRIGHT_RAMOS_DIR": str(RAMOS),
        "RACKWRIGHT_SERVER": f"http://127.0.0.1:{port}",
        "RACKWRIGHT_TOKEN_FILE": str(run_dir / "state/admin.token"),
    }
    serve = [str(COMMAND), "serve", "--config", str(DEMO / "rackwright.toml")]
    rack = RunningRack(DEMO / "rack.toml", run_dir, listen=f"127.0.0.1:{port}", server=serve)
    try:
        with rack:
            return _demonstrate(rack, once=once)
    except RackDidNotStart as error:
        sys.stderr.write(f"The rack did not start:\n{error}\n")
        return 1
    except KeyboardInterrupt:
        _say("Stopped; the rack is gone.")
        return 130


def _demonstrate(rack: RunningRack, *, once: bool) -> int:
    _say("Three servers stand in the rack, powered off, their disks blank. The server starts.")
    if not _api_answers(rack.control):
        log = rack.control.run_dir.server_log.read_text()
        sys.stderr.write(f"The server does not answer. It said:\n{log[-SHOWN_OF_LOG:]}\n")
        return 1
    _run("images", "add", str(IMAGE), "--name", "debian-12")
    _run("machines", "import", str(DEMO / "machines.csv"))
    _run("install", "--where", "rack=A12", "--follow")
    states = _states()
    right = states == EXPECTED
    _say(
        "As it should be: " + _summary(states)
        if right
        else "This is not what the demo should show: " + _summary(states)
    )
    if once:
        return 0 if right else 1
    _invite()
    while True:
        signal.pause()


def _run(*arguments: str) -> int:
    """Runs a command as a person would, shown before it runs."""
    _say(f"$ rackwright {' '.join(arguments)}".replace(f"{TOP}/", ""))
    # A follower outlives its server, to see it restarted: it must not outlive the demo.
    return subprocess.run([COMMAND, *arguments], check=False, preexec_fn=die_with_parent).returncode


def _states() -> dict[str, str]:
    shown = subprocess.run([COMMAND, "installs", "--all", "--json"], check=True, capture_output=True, text=True).stdout
    return {install["hostname"]: install["state"] for install in json.loads(shown)["installs"]}


def _summary(states: dict[str, str]) -> str:
    return ", ".join(f"{name} {state}" for name, state in sorted(states.items()))


def _invite() -> None:
    server, token = os.environ["RACKWRIGHT_SERVER"], os.environ["RACKWRIGHT_TOKEN_FILE"]
    _say(
        "The rack stays up until Ctrl-C. In another terminal:\n"
        f"  export RACKWRIGHT_SERVER={server} RACKWRIGHT_TOKEN_FILE={token}\n"
        f"  export PATH={COMMAND.parent}:$PATH\n"
        "  rackwright machines list\n"
        "  rackwright why web02 && rackwright log web02\n"
        "  rackwright machines protect db01 --reason 'runs payroll' && rackwright install db01 --reinstall --reason no\n"
        "  rackwright machines set web02 serial=712DM2Y && rackwright install --retry web02 --follow\n"
        "  rackwright install web01 --reinstall --reason 'to see it again' --live-ok web01 --follow\n"
        f"The operators' API: {server}/api/v1 (described at {server}/api/v1/openapi.json)"
    )


def _api_answers(rack: RackControl) -> bool:
    """The API answers once the server has checked the network for other DHCP servers and opened its database."""
    until = time.monotonic() + API_STARTS_S
    while time.monotonic() < until and rack.status().server_running:
        done = subprocess.run([COMMAND, "status"], check=False, capture_output=True)
        if done.returncode == 0:
            return True
        time.sleep(0.5)
    return False


def _free_port() -> int:
    """The usual port, or any where it is taken."""
    for port in (7740, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as probe:
            return int(probe.getsockname()[1])
    raise SystemExit("No port is free on 127.0.0.1")


def _say(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
