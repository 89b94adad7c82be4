"""The agent's talk with the server: lost answers, refusals, stops, restarts of the agent itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rackwright_agent import conversation
from rackwright_agent.boot_memory import BootMemory
from rackwright_agent.console import Console
from rackwright_agent.conversation import Conversation
from rackwright_agent.door import Door
from rackwright_agent.outbox import Outbox
from rackwright_wire.facts import Facts
from rackwright_wire.messages import (
    Act,
    Claimed,
    DiskName,
    ImageSource,
    Joined,
    Order,
    Progress,
    WritePlan,
)
from tests.fixtures.agent.scripted_server import LOST, ScriptedServer

DISK = DiskName(serial="S1")
PLAN = WritePlan(
    ImageSource("/v1/images/x", "x", "none", 1, 512, 512), DISK, "web01", "", -1, 0, "", (), "Rackwright web01"
)
CLAIM = Order(Act.CLAIM, "asks for the disk", 0.0, "install-1", 1, DISK)


class Rebooted(Exception):
    pass


class EndOfScript(Exception):
    pass


@dataclass
class FakeInstall:
    outbox: Outbox
    is_running: bool = True
    stopped: bool = False

    def running(self) -> bool:
        return self.is_running

    def progress(self) -> Progress | None:
        return Progress("write_image", 5, 10, 1) if self.is_running else None

    def wait(self, timeout_s: float) -> None: ...

    def stop(self) -> None:
        self.stopped, self.is_running = True, False


@dataclass
class FakeHands:
    installs: list[FakeInstall] = field(default_factory=list)
    joined_facts: int = 0
    clock: list[int] = field(default_factory=list)

    def facts(self) -> Facts:
        self.joined_facts += 1
        return Facts(serial="712DM2X", vendor="Acme", model="R1")

    def set_clock(self, server_time_us: int) -> str:
        self.clock.append(server_time_us)
        return ""

    def begin_install(self, plan: WritePlan, outbox: Outbox) -> FakeInstall:
        self.installs.append(FakeInstall(outbox))
        return self.installs[-1]

    def reboot(self) -> None:
        raise Rebooted


@dataclass
class Script:
    """Answers by path, in turn; when the answers to a path end, the test ends."""

    hands: FakeHands
    answers: dict[str, list[Any]]

    def __call__(self, path: str, message: dict[str, Any]) -> Any:
        left = self.answers.get(path, [])
        if not left:
            return (403, "end of the script")
        answer = left.pop(0)
        return answer(message, self.hands) if callable(answer) else answer


@dataclass
class Played:
    server: ScriptedServer
    hands: FakeHands
    console: str
    slept: list[float]
    ended: type[BaseException]


def joined(order: Order, session: str = "s1", token: str = "t1") -> Joined:
    return Joined(session, token, 1_700_000_000_000_000, order)


def play(memory: BootMemory, **answers: list[Any]) -> Played:
    """Runs a conversation until it reboots, or the server has nothing more to say (403)."""
    hands, text = FakeHands(), io.StringIO()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if "end of the script" in text.getvalue():
            raise EndOfScript
        if len(slept) > 100:
            raise AssertionError("it never ends")

    script = Script(hands, {f"/v1/{path}": list(given) for path, given in answers.items()})
    with ScriptedServer(script) as server:
        talk = Conversation(Door(server.url), hands, Console(text), memory, "boot-1", sleep)
        with pytest.raises((Rebooted, EndOfScript)) as ended:
            talk.run()
        return Played(server, hands, text.getvalue(), slept, ended.type)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits for the next poll are real ones."""
    monkeypatch.setattr(conversation, "WHILE_WRITING_S", 0.02)
    monkeypatch.setattr(conversation, "STOPPED_POLL_S", 0.02)
    monkeypatch.setattr(conversation, "SHORTEST_POLL_S", 0.02)
    monkeypatch.setattr(conversation, "REJOIN_S", 0.02)


@pytest.fixture
def memory(tmp_path: Path) -> BootMemory:
    return BootMemory(tmp_path / "agent.json")


def quick(act: Act, text: str = "") -> Order:
    return Order(act, text, next_poll_s=0.0)


def test_it_joins_polls_with_the_token_and_says_what_the_server_says(memory: BootMemory) -> None:
    played = play(memory, join=[joined(quick(Act.IDLE, "nothing is armed"))], poll=[quick(Act.WAIT, "position 3")])
    assert played.hands.clock == [1_700_000_000_000_000]
    assert played.server.tokens[:2] == ["", "Bearer t1"]
    assert "nothing is armed" in played.console
    assert "position 3" in played.console
    assert "712DM2X" in played.console
    assert "t1" not in played.console
    assert played.server.messages("/v1/poll")[0] == {
        "session": "s1", "boot_id": "boot-1", "doing": "", "progress": None,
    }  # fmt: skip


@pytest.mark.parametrize("trouble", [LOST, (503, "busy"), (500, "oops"), (200, "not json"), (200, '{"session": 1}')])
def test_a_join_without_a_usable_answer_is_sent_again(memory: BootMemory, trouble: Any) -> None:
    played = play(memory, join=[trouble, trouble, joined(quick(Act.REBOOT))])
    assert played.ended is Rebooted
    first, second, third = played.server.messages("/v1/join")
    assert first == second == third
    assert played.slept[0] < played.slept[1]
    assert "waiting for the server" in played.console


def test_inspect_collects_the_facts_again_and_joins_in_the_same_boot(memory: BootMemory) -> None:
    played = play(memory, join=[joined(quick(Act.INSPECT)), joined(quick(Act.REBOOT))])
    assert played.hands.joined_facts == 2
    assert {m["boot_id"] for m in played.server.messages("/v1/join")} == {"boot-1"}


def test_a_granted_claim_starts_one_install_with_exactly_the_ordered_disk(memory: BootMemory) -> None:
    played = play(memory, join=[joined(CLAIM)], claim=[Claimed(True, plan=PLAN)], poll=[quick(Act.CONTINUE)])
    assert len(played.hands.installs) == 1
    claim = played.server.messages("/v1/claim")[0]
    assert claim["disks"] == [{"serial": "S1", "wwn": "", "path": ""}]
    assert (claim["install"], claim["attempt"], claim["act"]) == ("install-1", 1, "image")
    assert played.server.messages("/v1/poll")[0]["progress"]["step"] == "write_image"


def test_a_lost_answer_to_a_claim_repeats_the_same_claim(memory: BootMemory) -> None:
    played = play(memory, join=[joined(CLAIM)], claim=[LOST, LOST, Claimed(True, plan=PLAN)])
    first, second, third = played.server.messages("/v1/claim")
    assert first == second == third
    assert len(played.hands.installs) == 1


def test_a_denied_claim_touches_nothing_and_goes_on_polling(memory: BootMemory) -> None:
    played = play(memory, join=[joined(CLAIM)], claim=[Claimed(False, "fenced")], poll=[quick(Act.REBOOT)])
    assert played.hands.installs == []
    assert "fenced" in played.console
    assert played.ended is Rebooted


def test_an_attempt_is_claimed_once_per_boot(memory: BootMemory) -> None:
    def failed(message: dict[str, Any], hands: FakeHands) -> Order:
        hands.installs[0].is_running = False
        return CLAIM

    played = play(memory, join=[joined(CLAIM)], claim=[Claimed(True, plan=PLAN)], poll=[failed, quick(Act.IDLE)])
    assert len(played.server.messages("/v1/claim")) == 1
    assert "already tried" in played.console


def test_a_new_attempt_may_be_claimed_after_a_failure(memory: BootMemory) -> None:
    def failed(message: dict[str, Any], hands: FakeHands) -> Order:
        hands.installs[0].is_running = False
        return Order(Act.CLAIM, "", 0.0, "install-1", 2, DISK)

    granted = Claimed(True, plan=PLAN)
    played = play(memory, join=[joined(CLAIM)], claim=[granted, granted], poll=[failed])
    assert [m["attempt"] for m in played.server.messages("/v1/claim")] == [1, 2]
    assert len(played.hands.installs) == 2


def test_a_plan_for_another_disk_than_the_claimed_one_is_never_begun(memory: BootMemory) -> None:
    import dataclasses

    other = dataclasses.replace(PLAN, disk=DiskName(serial="S2"))
    played = play(memory, join=[joined(CLAIM)], claim=[Claimed(True, plan=other)], events=[quick(Act.IDLE)])
    assert played.hands.installs == []
    assert [kind for _, kind, _ in played.server.events()] == ["install_failed"]


@pytest.mark.parametrize("stop", [quick(Act.STOP, "cancelled"), (401, "no such token"), (409, "stale")])
def test_a_stop_ends_the_running_install_and_no_claim_follows_in_this_boot(memory: BootMemory, stop: Any) -> None:
    polls = [quick(Act.CONTINUE), stop, CLAIM, quick(Act.REBOOT)]
    played = play(memory, join=[joined(CLAIM)], claim=[Claimed(True, plan=PLAN)], poll=polls)
    assert played.hands.installs[0].stopped
    assert len(played.server.messages("/v1/claim")) == 1
    assert BootMemory(memory.path).now.stopped


def test_after_a_stop_a_restarted_agent_does_not_claim_either(memory: BootMemory) -> None:
    memory.change(stopped=True)
    played = play(memory, join=[joined(CLAIM)], poll=[quick(Act.REBOOT)])
    assert played.server.messages("/v1/claim") == []


def test_an_agent_that_died_while_writing_says_so_and_goes_on_counting(memory: BootMemory) -> None:
    memory.change(session="s1", claimed=("install-1/1",), writing="install-1/1")
    accepted = Order(Act.CONTINUE, accepted_seq=7)
    played = play(memory, join=[joined(quick(Act.CONTINUE))], events=[accepted, quick(Act.REBOOT)])
    assert [(seq, kind) for seq, kind, _ in played.server.events()] == [(8, "install_failed")]
    assert played.hands.installs == []


@pytest.mark.parametrize("refusal", [(401, "no such session"), (409, "stale")])
def test_a_session_that_the_server_forgot_is_joined_again_if_nothing_was_claimed(
    memory: BootMemory, refusal: Any
) -> None:
    idle, reboot = joined(quick(Act.IDLE)), joined(quick(Act.REBOOT), "s2")
    played = play(memory, join=[idle, reboot], poll=[refusal])
    assert played.ended is Rebooted
    assert not memory.now.stopped


def events_then(order: Callable[[int], Order], add: list[str]) -> Callable[[dict[str, Any], FakeHands], Order]:
    def answer(message: dict[str, Any], hands: FakeHands) -> Order:
        for kind in add:
            hands.installs[0].outbox.add(kind, {"step": "x"})
        return order(0)

    return answer


def test_events_go_out_in_order_and_again_until_accepted(memory: BootMemory) -> None:
    def accept(upto: int) -> Order:
        return Order(Act.CONTINUE, next_poll_s=0.0, accepted_seq=upto)

    played = play(
        memory,
        join=[joined(CLAIM)],
        claim=[Claimed(True, plan=PLAN)],
        poll=[events_then(accept, ["step_started", "step_finished", "step_started"])],
        events=[LOST, accept(1), accept(0), accept(3)],
    )
    sent = [[e["seq"] for e in m["events"]] for m in played.server.messages("/v1/events")]
    assert sent == [[1, 2, 3], [1, 2, 3], [2, 3], [2, 3]]


def test_a_stop_that_answers_the_hand_over_is_seen_before_the_acceptance(memory: BootMemory) -> None:
    seen: list[tuple[bool, int]] = []

    def stop(message: dict[str, Any], hands: FakeHands) -> Order:
        install = hands.installs[0]
        end = install.stop

        def stopping() -> None:
            seen.append((True, len(install.outbox.waiting())))
            end()

        install.stop = stopping  # type: ignore[method-assign]
        return Order(Act.STOP, next_poll_s=0.0, accepted_seq=1)

    play(
        memory,
        join=[joined(CLAIM)],
        claim=[Claimed(True, plan=PLAN)],
        poll=[events_then(lambda _: quick(Act.CONTINUE), ["handing_over"])],
        events=[stop],
    )
    assert seen == [(True, 1)]
