"""The Hook port: a command with the question on its input, or a webhook that it is posted to. Output is hostile."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass

import httpx2
import msgspec

from rackwright.ports import Hook
from rackwright.settings import HookSettings
from rackwright.values.errors import Transient
from rackwright.values.hook import Agrees, Question, Refuses
from rackwright.values.reported import one_line

LONGEST_REASON = 200
_KEPT_BYTES = 4096
_MOST_BYTES = 65536
_LOOKS_EVERY_S = 0.1
# Nothing of the server's own: its environment may hold the database's password.
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def hook_of(settings: HookSettings) -> Hook | None:
    """None where the settings name none: nobody is asked."""
    if settings.command:
        return CommandHook(tuple(settings.command), settings.timeout_s)
    return WebHook(settings.url, settings.timeout_s) if settings.url else None


@dataclass(frozen=True, slots=True)
class CommandHook:
    """Exit code 0 agrees, any other refuses with the first line of its output. Ended by a signal is no answer."""

    command: tuple[str, ...]
    timeout_s: float

    def ask(self, question: Question) -> Agrees | Refuses:
        with tempfile.TemporaryFile() as given:  # a file, so that a program that does not read cannot block us
            given.write(json.dumps(asdict(question)).encode())
            given.seek(0)
            try:
                child = subprocess.Popen(
                    self.command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env=_ENVIRONMENT, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise _no_answer(f"{self.command[0]}: {error.strerror}") from error
        with child:
            output = self._finish(child)
        if child.returncode < 0:
            raise _no_answer(f"ended by signal {-child.returncode}")
        if child.returncode == 0:
            return Agrees()
        return Refuses(_first_line(output) or f"exit code {child.returncode}")

    def _finish(self, child: subprocess.Popen[bytes]) -> bytes:
        """The beginning of what it says until it ends; what it leaves running behind is not waited for."""
        output, until = b"", time.monotonic() + self.timeout_s
        assert child.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while True:
                ended = child.poll() is not None
                while selector.get_map() and selector.select(0 if ended else _LOOKS_EVERY_S):
                    some = os.read(child.stdout.fileno(), _MOST_BYTES)
                    output = (output + some)[:_KEPT_BYTES]
                    if not some:
                        selector.unregister(child.stdout)
                    if time.monotonic() >= until:
                        break
                if ended:
                    return output
                if time.monotonic() >= until:
                    os.killpg(child.pid, signal.SIGKILL)
                    raise _no_answer(f"no answer within {self.timeout_s:g} s")
                if not selector.get_map():
                    _wait(child)


class _Answer(msgspec.Struct):
    allow: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WebHook:
    """A 2xx answer with `{"allow": true}` agrees, with `false` refuses; everything else is no answer."""

    url: str
    timeout_s: float

    def ask(self, question: Question) -> Agrees | Refuses:
        try:
            with httpx2.stream("POST", self.url, json=asdict(question), timeout=self.timeout_s) as answer:
                if not answer.is_success:
                    raise _no_answer(f"HTTP {answer.status_code}")
                said = msgspec.json.decode(self._read(answer), type=_Answer)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _no_answer(type(error).__name__) from error
        except msgspec.DecodeError as error:
            raise _no_answer("no JSON with allow and reason") from error
        if said.allow:
            return Agrees()
        return Refuses(_first_line(said.reason.encode()) or "no reason given")

    def _read(self, answer: httpx2.Response) -> bytes:
        body, until = b"", time.monotonic() + self.timeout_s
        for some in answer.iter_bytes():
            body += some
            if len(body) > _MOST_BYTES or time.monotonic() >= until:
                raise _no_answer("too long an answer")
        return body


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_LOOKS_EVERY_S)
    except subprocess.TimeoutExpired:
        return


def _first_line(output: bytes) -> str:
    lines = (line.strip() for line in output.decode(errors="replace").splitlines())
    return one_line(next(filter(None, lines), ""), LONGEST_REASON)


def _no_answer(said: str) -> Transient:
    return Transient("hook_no_answer", said=one_line(said, LONGEST_REASON))
