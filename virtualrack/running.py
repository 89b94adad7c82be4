"""Starts a rack as a child of the calling program and stops it again: what demos and tests use."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .control import RackControl

_START_S = 60.0
_STOP_S = 40.0


class RackDidNotStart(Exception):
    """The message holds what the rack printed."""


class RunningRack:
    """A context manager around `python -m virtualrack.run`; entered when the control socket answers.

    Start it from the main thread: the rack ends when the thread that started it does.
    What the rack prints is its rack.log, one of the logs of its run directory.
    """

    def __init__(
        self,
        rack_file: Path,
        run_dir: Path,
        *,
        listen: str | None = None,
        server: Sequence[str] = (),
        keep_logs: Path | None = None,
    ) -> None:
        self.control = RackControl(run_dir)
        self._log = run_dir.with_name(run_dir.name + ".log")
        self._command = [sys.executable, "-m", "virtualrack.run", "--rack", str(rack_file), "--run-dir", str(run_dir)]
        if listen is not None:
            self._command += ["--listen", listen]
        if keep_logs is not None:
            self._command += ["--keep-logs", str(keep_logs)]
        self._command += ["--", *server]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the caller, who then stops the rack in order.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline_s = time.monotonic() + _START_S
        while not self.control.run_dir.control_socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                self.stop()
                said = self._log.read_text()
                self._log.unlink()
                raise RackDidNotStart(said)
            time.sleep(0.05)
        # The rack makes its directory itself; from here on its words are kept and cleared away with the other logs.
        self._log.replace(self.control.run_dir.rack_log)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the rack and everything in it; returns when nothing of it is left. Calling twice is harmless."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
