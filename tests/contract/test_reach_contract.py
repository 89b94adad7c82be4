"""The Liveness and Hook ports: the fakes, and the real ones on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rackwright.ports import Answered, Hook, How, Liveness
from rackwright.reach.echo import answers_ping, may_ping
from rackwright.reach.fake import FakeHook, FakeLiveness
from rackwright.reach.hook import LONGEST_REASON, CommandHook, WebHook, hook_of
from rackwright.reach.liveness import Reach
from rackwright.settings import AliveSettings, HookSettings
from rackwright.values.errors import Transient
from rackwright.values.hook import Agrees, Question, Refuses

QUESTION = Question(
    "sh1", "web01", "712DM2X", "A12", "debian-12", "ab" * 32, "web", "new kernel", "ann", 2, True, "web team",
    {"env": "prod"},
)  # fmt: skip
HERE, NOBODY = "127.0.0.1", "fe80::99%lo"  # nothing leaves this host for either
needs_ping = pytest.mark.skipif(not may_ping(), reason="this user may not ping")


@contextmanager
def listening(says: bytes) -> Iterator[int]:
    """A port on loopback; who connects hears this, and then nothing until it hangs up."""
    with socket.create_server((HERE, 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                with taken, contextlib.suppress(OSError):
                    taken.sendall(says)
                    taken.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def closed_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def reach(port: int, *, ping: bool = False, ssh: bool = True, wait_s: float = 5.0) -> Reach:
    return Reach(AliveSettings(ping=ping, ssh=ssh, wait_s=wait_s), port)


@pytest.fixture(params=["fake", "real"])
def greets(request: pytest.FixtureRequest) -> Iterator[Liveness]:
    """A host that has an SSH server."""
    if request.param == "fake":
        yield FakeLiveness({HERE: How.SSH})
        return
    with listening(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        yield reach(port)


@pytest.fixture(params=["fake", pytest.param("real", marks=needs_ping)])
def pings(request: pytest.FixtureRequest) -> Liveness:
    return FakeLiveness({HERE: How.PING}) if request.param == "fake" else reach(closed_port(), ping=True)


def test_an_ssh_banner_is_an_answer(greets: Liveness) -> None:
    assert greets.alive([HERE]) == Answered(HERE, How.SSH)
    assert greets.alive([HERE]) == Answered(HERE, How.SSH)


def test_an_echo_is_an_answer(pings: Liveness) -> None:
    assert pings.alive([HERE]) == Answered(HERE, How.PING)
    assert pings.alive([HERE]) == Answered(HERE, How.PING)


def test_any_address_that_answers_is_enough(greets: Liveness) -> None:
    assert greets.alive([NOBODY, HERE]) == Answered(HERE, How.SSH)


@pytest.mark.parametrize("addresses", [[], [NOBODY]])
def test_where_nobody_is_there_is_no_answer(greets: Liveness, pings: Liveness, addresses: list[str]) -> None:
    assert greets.alive(addresses) is None
    assert pings.alive(addresses) is None


@pytest.mark.parametrize("says", [b"", b"SSH", b"HTTP/1.0 400\r\n", b"ssh-2.0\r\n"])
def test_an_open_port_that_does_not_speak_ssh_is_no_answer(says: bytes) -> None:
    with listening(says) as port:
        assert reach(port, wait_s=0.3).alive([HERE]) is None


def test_only_what_the_settings_want_is_asked() -> None:
    with listening(b"SSH-2.0-x\r\n") as port:
        assert reach(port, ssh=False).alive([HERE]) is None


@needs_ping
def test_ipv6_is_pinged_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    assert answers_ping("::1", 5.0)


# The hook: each case is a world in which it is asked.


@dataclass(frozen=True)
class Case:
    """A hook, and what it was asked last, as JSON."""

    hook: Hook
    asked: Callable[[], dict[str, object]]


Make = Callable[[str], Case]


@pytest.fixture(params=["fake", "command", "url"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes a hook that `agrees`, is `silent`, or refuses with any other text."""
    if request.param == "fake":
        yield _fake
    elif request.param == "command":
        yield lambda how: _command(tmp_path, how)
    else:
        with _server() as (port, answers, asked):
            yield lambda how: _web(port, answers, asked, how)


def _fake(how: str) -> Case:
    from dataclasses import asdict

    hook = FakeHook({} if how == "agrees" else {"web01": how}, silent=how == "silent")
    return Case(hook, lambda: asdict(hook.asked[-1]))


def _command(directory: Path, how: str) -> Case:
    program, seen = directory / "hook", directory / "seen"
    ends = {"agrees": "exit 0", "silent": "sleep 30"}.get(how, f"printf '%s' '{how}'; exit 3")
    program.write_text(f"#!/bin/sh\ncat >{seen}\n{ends}\n")
    program.chmod(0o755)
    return Case(CommandHook((str(program),), 0.5 if how == "silent" else 20), lambda: json.loads(seen.read_text()))


@contextmanager
def _server() -> Iterator[tuple[int, list[tuple[int, bytes]], list[bytes]]]:
    answers: list[tuple[int, bytes]] = []
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answers[-1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with HTTPServer((HERE, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port, answers, asked
        server.shutdown()
        thread.join()


def _web(port: int, answers: list[tuple[int, bytes]], asked: list[bytes], how: str) -> Case:
    said = {"agrees": {"allow": True}}.get(how, {"allow": False, "reason": how})
    answers.append((503, b"") if how == "silent" else (200, json.dumps(said).encode()))
    return Case(WebHook(f"http://{HERE}:{port}/", 20), lambda: json.loads(asked[-1]))


def test_a_hook_agrees_and_agrees_again(make: Make) -> None:
    case = make("agrees")
    assert case.hook.ask(QUESTION) == Agrees()
    assert case.hook.ask(QUESTION) == Agrees()
    assert case.asked() == {
        "site": "sh1", "hostname": "web01", "serial": "712DM2X", "rack": "A12", "os": "debian-12",
        "image": "ab" * 32, "profile": "web", "reason": "new kernel", "armed_by": "ann", "attempt": 2,
        "reinstall": True, "owner": "web team", "labels": {"env": "prod"},
    }  # fmt: skip


def test_a_hook_refuses_with_its_reason(make: Make) -> None:
    assert make("no ticket").hook.ask(QUESTION) == Refuses("no ticket")


def test_a_hook_without_an_answer_is_worth_another_try(make: Make) -> None:
    with pytest.raises(Transient, match="hook_no_answer"):
        make("silent").hook.ask(QUESTION)


def script(directory: Path, text: str) -> CommandHook:
    program = directory / "hook"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return CommandHook((str(program),), 20)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo; echo '  no ticket  '; echo more; exit 1", "no ticket"),
        ("echo 'to the error stream' >&2; exit 1", "to the error stream"),
        ("exit 7", "exit code 7"),
        ("printf 'a\\033[31mb'; exit 1", "a\ufffd[31mb"),
        ("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", "x" * LONGEST_REASON),
        ("printf '\\377\\376'; exit 1", "\ufffd\ufffd"),
    ],
)
def test_a_refusal_is_one_bounded_line(tmp_path: Path, text: str, reason: str) -> None:
    assert script(tmp_path, text).ask(QUESTION) == Refuses(reason)


def test_a_command_that_crashes_or_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    for hook in (script(tmp_path, "kill -SEGV $$"), CommandHook((str(tmp_path / "none"),), 20)):
        with pytest.raises(Transient, match="hook_no_answer"):
            hook.ask(QUESTION)


def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    left = tmp_path / "left"
    assert script(tmp_path, f"sleep 60 & echo $! >{left}").ask(QUESTION) == Agrees()
    os.kill(int(left.read_text()), 9)


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    hook = replace(script(tmp_path, f"sleep 60 & echo $! >{started}; wait"), timeout_s=0.5)
    with pytest.raises(Transient, match="hook_no_answer"):
        hook.ask(QUESTION)
    stat = Path(f"/proc/{int(started.read_text())}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_command_hears_nothing_of_the_servers_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACKWRIGHT_DATABASE", "postgresql://canary")
    assert script(tmp_path, "env | grep -q canary && exit 1; exit 0").ask(QUESTION) == Agrees()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"allow": true}'), (404, b""), (302, b""), (200, b""), (200, b"yes"), (200, b"[]"), (200, b"{}"),
        (200, b'{"allow": "yes"}'), (200, b'{"allow": 1}'), (200, b'{"allow": true, "reason": 7}'),
        (200, b'{"allow": true, "reason": "' + b"x" * 100_000 + b'"}'),
    ],
)  # fmt: skip
def test_what_is_no_clear_word_is_no_answer(status: int, body: bytes) -> None:
    with _server() as (port, answers, _):
        answers.append((status, body))
        with pytest.raises(Transient, match="hook_no_answer"):
            WebHook(f"http://{HERE}:{port}/", 20).ask(QUESTION)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/canary", "ftp://127.0.0.1/canary", "canary", "http://[::"])
def test_a_server_that_is_not_there_gives_no_answer_and_its_url_is_not_told(url: str) -> None:
    with pytest.raises(Transient, match="hook_no_answer") as caught:
        WebHook(url.format(port=closed_port()), 20).ask(QUESTION)
    assert "canary" not in str(caught.value)


def test_a_refusal_over_http_is_one_bounded_line() -> None:
    with _server() as (port, answers, _):
        answers.append((200, json.dumps({"allow": False, "reason": "a\x1b[0m\nb" + "c" * 500}).encode()))
        assert WebHook(f"http://{HERE}:{port}/", 20).ask(QUESTION) == Refuses("a\ufffd[0m")


def test_the_settings_say_who_is_asked() -> None:
    assert hook_of(HookSettings()) is None
    assert hook_of(HookSettings(command=["/opt/ask", "-v"], timeout_s=5)) == CommandHook(("/opt/ask", "-v"), 5)
    assert hook_of(HookSettings(url="https://x/", timeout_s=5)) == WebHook("https://x/", 5)
