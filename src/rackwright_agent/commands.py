"""Runs the RAM OS's tools with a time limit, and ends the running ones when the server says stop."""

from __future__ import annotations

import subprocess
import threading

from rackwright_agent.failures import MachineFailed, Stopped


class Commands:
    """Holds the tools that are running now, so that `stop` can end them from another thread."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, argv: list[str], timeout_s: float, allowed: tuple[int, ...] = (0,)) -> str:
        """Returns what the tool prints on standard output; raises MachineFailed with its last lines of error."""
        process = self.start(argv)
        try:
            output, errors = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as expired:
            process.kill()
            process.communicate()
            raise MachineFailed(f"{argv[0]} did not end within {timeout_s:.0f} s") from expired
        finally:
            self.finished(process)
        if process.returncode not in allowed:
            said = (errors or output).decode("utf-8", "replace").strip().splitlines()
            raise MachineFailed(
                f"{argv[0]} ended with {process.returncode}: {'; '.join(said[-4:]) or 'it said nothing'}"
            )
        return output.decode("utf-8", "replace")

    def start(self, argv: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Starts a tool with its output in pipes; the caller calls `finished` when it has ended."""
        with self._lock:
            if self._stopped:
                raise Stopped("stopped by the server")
            try:
                process = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
            except OSError as error:
                raise MachineFailed(f"{argv[0]} cannot be run in this RAM OS: {error.strerror}") from error
            self._running.add(process)
            return process

    def finished(self, process: subprocess.Popen[bytes]) -> None:
        """Forgets a tool that has ended; raises Stopped when it was `stop` that ended it."""
        with self._lock:
            self._running.discard(process)
            if self._stopped:
                raise Stopped("stopped by the server")

    def stop(self) -> None:
        """Kills what runs, and lets nothing start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()
