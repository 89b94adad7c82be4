"""Runs a rack in the foreground until SIGTERM, SIGINT, or the end of the process that started it.

    python -m virtualrack.run --rack FILE --run-dir DIR --listen 127.0.0.1:7740 -- SERVER COMMAND…

This process stays on the host's side: it opens the listening socket there, enters new namespaces, and
waits for the first process in them. Nothing is left on the host when it has ended.
"""

import argparse
import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from .processes import die_with_parent, enter_new_namespaces, mount_own_views
from .rackfile import Rack, RackFileError, load_rack
from .rundir import RunDir, RunDirError, claim, keep_logs
from .supervisor import ServerCommand, Supervisor


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    die_with_parent(signal.SIGTERM)
    if os.geteuid() != 0:
        print("virtualrack: network namespaces, bridges and taps need root", file=sys.stderr)
        return 2
    try:
        rack_file = options.rack.resolve()
        rack = load_rack(rack_file)
        listening = _listen(options.listen) if options.listen else None
        run_dir = RunDir(options.run_dir.resolve())
        lock = claim(run_dir.path)
    except (RackFileError, RunDirError, OSError) as error:
        print(f"virtualrack: {error}", file=sys.stderr)
        return 2
    lifeline_end, lifeline = os.pipe()
    # Handlers first: a signal between the fork and the wait must reach the child, not end us.
    first: list[int] = []
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: (asked_to_stop.append(number), _pass_on(first)))
    enter_new_namespaces()
    pid = os.fork()
    if pid == 0:
        os.close(lifeline)
        server = ServerCommand(tuple(options.server), listening)
        status = _first_process(rack, rack_file, run_dir, server, lifeline_end)
        if select.select([lifeline_end], [], [], 0)[0]:
            _clear_away(run_dir, options.keep_logs)  # Our other half was killed and cannot.
        os._exit(status)
    first.append(pid)
    if asked_to_stop:
        _pass_on(first)
    os.close(lifeline_end)
    if listening is not None:
        listening.close()
    run_dir.pid.write_text(str(pid))
    _, status = os.waitpid(pid, 0)
    _clear_away(run_dir, options.keep_logs)
    os.close(lock)
    return max(0, os.waitstatus_to_exitcode(status)) if os.WIFEXITED(status) else 1


def _first_process(rack: Rack, rack_file: Path, run_dir: RunDir, server: ServerCommand, lifeline: int) -> int:
    try:
        mount_own_views()
        Supervisor(rack, rack_file, run_dir, server).run(lifeline)
    except Exception:  # A traceback, then an ordinary end: pid 1 must not leave by an exception.
        traceback.print_exc()
        return 1
    return 0


def _clear_away(run_dir: RunDir, logs_to: Path | None) -> None:
    if logs_to is not None:
        keep_logs(run_dir, logs_to)
    run_dir.remove()


def _pass_on(first: Sequence[int]) -> None:
    for pid in first:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_server((host, int(port)), backlog=128)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m virtualrack.run", description="Run a virtual rack.")
    parser.add_argument("--rack", type=Path, required=True, help="the rack's TOML file")
    parser.add_argument("--run-dir", type=Path, required=True, help="made for this run, removed at its end")
    parser.add_argument("--listen", help="host address of the operators' API, given to the server as descriptor 3")
    parser.add_argument("--keep-logs", type=Path, help="copy logs, consoles and events here before the end")
    parser.add_argument("server", nargs="*", help="after --: the command that runs as the server")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
