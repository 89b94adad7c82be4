"""How the agent reaches the server and speaks to the person in front of the machine."""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path

import pytest

import rackwright_agent
from rackwright_agent.console import Console
from rackwright_agent.door import Door
from rackwright_agent.failures import Refused, Unreachable
from rackwright_wire.messages import Act, Order, Poll
from tests.fixtures.agent.scripted_server import LOST, ScriptedServer

POLL = Poll("s", "b")


def test_an_answer_becomes_a_message() -> None:
    with ScriptedServer(lambda path, message: Order(Act.WAIT, "排队第 3 位")) as server:
        assert Door(server.url).post("/v1/poll", POLL, Order) == Order(Act.WAIT, "排队第 3 位")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (LOST, Unreachable),
        ((503, "busy"), Unreachable),
        ((200, "<html>"), Unreachable),
        ((401, "token"), Refused),
        ((409, "stale"), Refused),
        ((400, "field"), Refused),
        ((302, ""), Refused),
    ],
)
def test_answers_that_are_none_are_told_apart(answer: object, failure: type[Exception]) -> None:
    with ScriptedServer(lambda path, message: answer) as server, pytest.raises(failure):
        Door(server.url).post("/v1/poll", POLL, Order)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with ScriptedServer(lambda path, message: LOST) as server:
        url = server.url
    with pytest.raises(Unreachable, match="no answer from"):
        Door(url).post("/v1/poll", POLL, Order)


def test_an_image_is_asked_for_with_the_token() -> None:
    with ScriptedServer(lambda path, message: LOST, image=b"abc") as server:
        door = Door(server.url)
        response = door.open("GET", "/v1/images/x", headers=("Range: bytes=1-",))
        assert (response.status, response.length, response.body.read()) == (206, 2, b"bc")
        response.close()


def test_the_console_shows_each_change_once_and_no_control_characters() -> None:
    text = io.StringIO()
    console = Console(text)
    for line in ("waiting", "waiting", "", "排队\x1b[2J第 3 位", "waiting"):
        console.say(line)
    assert text.getvalue().splitlines() == [
        "rackwright: waiting",
        "rackwright: 排队?[2J第 3 位",
        "rackwright: waiting",
    ]


SLOW_TO_IMPORT = {"http", "urllib", "email", "ssl", "asyncio", "logging", "tempfile", "uuid", "shutil", "random"}
SOURCES = sorted(Path(rackwright_agent.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_agent_imports_only_the_light_standard_library_and_the_messages(source: Path) -> None:
    allowed = (set(sys.stdlib_module_names) - SLOW_TO_IMPORT) | {"rackwright_agent", "rackwright_wire"}
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.Import(names=names):
                found = {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module)):
                found = {module.partition(".")[0]}
            case _:
                continue
        assert found <= allowed
