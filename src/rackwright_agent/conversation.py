"""The agent's talk with the server: join, poll, obey. The only thread that sends messages.

It decides nothing about disks: it starts an install when a claim was granted, and stops it when told to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, assert_never

from rackwright_agent.boot_memory import BootMemory
from rackwright_agent.console import Console
from rackwright_agent.door import Door
from rackwright_agent.failures import Refused, Unreachable
from rackwright_agent.outbox import Outbox
from rackwright_wire import PROTOCOL
from rackwright_wire.facts import Facts
from rackwright_wire.messages import Act, Claim, Claimed, Join, Joined, Order, Poll, Progress, Report, WritePlan

Answer = TypeVar("Answer")

WHILE_WRITING_S = 2.0
SHORTEST_POLL_S, LONGEST_POLL_S = 0.2, 600.0
_FIRST_RETRY_S, _LONGEST_RETRY_S = 1.0, 15.0
_REFUSED_RETRY_S = 30.0
STOPPED_POLL_S = 60.0
REJOIN_S = 10.0
FINISH_S = 5.0
PROGRESS_LINE_S = 5.0


class Install(Protocol):
    """A running or ended install, as the conversation sees it."""

    def running(self) -> bool: ...
    def progress(self) -> Progress | None: ...
    def wait(self, timeout_s: float) -> None: ...
    def stop(self) -> None: ...


class Hands(Protocol):
    """What the conversation can make happen on this machine."""

    def facts(self) -> Facts: ...
    def set_clock(self, server_time_us: int) -> str: ...
    def begin_install(self, plan: WritePlan, outbox: Outbox) -> Install: ...
    def reboot(self) -> None: ...


class Conversation:
    """One boot of one machine. `obey` is called with each order and returns the next one."""

    def __init__(
        self,
        door: Door,
        hands: Hands,
        console: Console,
        memory: BootMemory,
        boot_id: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._door = door
        self._hands = hands
        self._console = console
        self._memory = memory
        self._boot_id = boot_id
        self._sleep = sleep
        self._session = ""
        self._outbox = Outbox()
        self._install: Install | None = None
        self._progress_said = 0.0

    def run(self) -> None:
        """Talks until the machine reboots."""
        order = self.join()
        while True:
            order = self.obey(order)

    def join(self) -> Order:
        """Reports fresh facts and takes over the session that the server gives for them."""
        facts = self._hands.facts()
        self._console.say(
            f"this machine: {facts.vendor} {facts.model}, serial {facts.serial or 'unknown'}, "
            f"{len(facts.disks)} disk(s), booted by {facts.boot_mode} from {facts.boot_mac or 'an unknown port'}"
        )
        self._door.token = ""
        joined = self._ask("/v1/join", lambda: Join(PROTOCOL, self._boot_id, facts), Joined)
        if joined is None:
            return Order(Act.INSPECT, next_poll_s=_REFUSED_RETRY_S)
        self._door.token = joined.token
        self._console.say(self._hands.set_clock(joined.server_time_us))
        self._take_session(joined.session)
        return joined.order

    def obey(self, order: Order) -> Order:
        """Does what one order asks, waits as it says, and returns the next."""
        if self._memory.now.stopped and order.act not in (Act.STOP, Act.REBOOT):
            self._console.say("this boot was stopped by the server; only a reboot lets it install again")
            return self._next(STOPPED_POLL_S)
        self._say_what_is(order)
        match order.act:
            case Act.IDLE | Act.WAIT | Act.CONTINUE:
                return self._next(order.next_poll_s)
            case Act.INSPECT:
                return self._inspect(order)
            case Act.CLAIM:
                return self._claim(order)
            case Act.STOP:
                self._stop()
                return self._next(max(order.next_poll_s, WHILE_WRITING_S))
            case Act.REBOOT:
                self._let_finish()
                self._hands.reboot()
                return self._next(STOPPED_POLL_S)
            case _:
                assert_never(order.act)

    def _take_session(self, session: str) -> None:
        if session == self._session:
            return
        now = self._memory.now
        restarted = now.session == session
        self._session = session
        self._outbox = Outbox(self._already_accepted() if restarted else 0)
        self._memory.change(session=session)
        if now.writing and self._install is None:
            # The process that wrote is gone, so nobody knows how far it came.
            cause = "the agent ended in the middle of the install; the disk is not usable, install it again"
            self._outbox.add("install_failed", {"step": "agent", "error": cause})
            self._memory.change(writing="")

    def _already_accepted(self) -> int:
        """An agent that was started again asks how far its forerunner's events came: a seq is used once."""
        asked = self._ask("/v1/events", lambda: Report(self._session, self._boot_id, ()), Order)
        return asked.accepted_seq if asked else 0

    def _inspect(self, order: Order) -> Order:
        if self._busy():
            return self._next(order.next_poll_s)
        self._pause(order.next_poll_s)
        return self.join()

    def _claim(self, order: Order) -> Order:
        key = f"{order.install}/{order.attempt}"
        if self._busy():
            return self._next(order.next_poll_s)
        if order.disk is None or not order.install:
            self._console.say("the server asks for a claim without saying which install or disk; waiting")
            return self._next(order.next_poll_s)
        if key in self._memory.now.claimed:
            self._console.say("this install was already tried in this boot; waiting for a person")
            return self._next(order.next_poll_s)
        disk = order.disk
        claim = Claim(self._session, self._boot_id, order.install, order.attempt, "image", (disk,))
        claimed = self._ask("/v1/claim", lambda: claim, Claimed)
        if claimed is None:
            return self._refused_for_good()
        plan = claimed.plan
        if not claimed.granted or plan is None:
            self._console.say(f"nothing may be written: {claimed.text or 'the server gave no reason'}")
            return self._next(order.next_poll_s)
        self._memory.change(claimed=(*self._memory.now.claimed, key))
        if plan.disk != disk:
            cause = "the plan names another disk than the claim; nothing was written"
            self._outbox.add("install_failed", {"step": "find_disk", "error": cause})
            return self._next(order.next_poll_s)
        self._memory.change(writing=key)
        self._install = self._hands.begin_install(plan, self._outbox)
        return self._next(WHILE_WRITING_S)

    def _next(self, wait_s: float) -> Order:
        """Waits until the next poll is due or an event must go out; the answer to either is the next order."""
        if self._busy():
            wait_s = min(wait_s, WHILE_WRITING_S)
        wait_s = min(max(wait_s, SHORTEST_POLL_S), LONGEST_POLL_S)
        self._outbox.wait_for_event(wait_s)
        self._notice_end()
        if self._outbox.waiting():
            order = self._ask("/v1/events", self._report, Order)
        else:
            order = self._ask("/v1/poll", self._poll, Order)
        if order is None:
            return self._refused_for_good()
        if order.act is Act.STOP:
            self._stop()  # before the events count as accepted: a hand-over that waits for that must not happen
        before = self._outbox.waiting()
        self._outbox.accept(order.accepted_seq)
        if before and self._outbox.waiting() == before:
            self._pause(1.0)  # the server accepted nothing; sending the same at once would only load it
        return order

    def _report(self) -> Report:
        return Report(self._session, self._boot_id, self._outbox.waiting())

    def _poll(self) -> Poll:
        progress = self._install.progress() if self._install else None
        return Poll(self._session, self._boot_id, progress.step if progress else "", progress)

    def _busy(self) -> bool:
        return self._install is not None and self._install.running()

    def _notice_end(self) -> None:
        """Not before its last event is durable: a new process would otherwise never tell how it ended."""
        over = self._install is not None and not self._install.running() and not self._outbox.waiting()
        if over and self._memory.now.writing:
            self._memory.change(writing="")

    def _stop(self) -> None:
        self._memory.change(stopped=True)
        self._end_install()

    def _end_install(self) -> None:
        if self._busy() and self._install is not None:
            self._install.stop()

    def _let_finish(self) -> None:
        """The reboot that follows a hand-over: the install itself is about to do it."""
        if self._busy() and self._install is not None:
            self._install.wait(FINISH_S)
            self._end_install()

    def _refused_for_good(self) -> Order:
        """The server does not know this session. Harmless to join again as long as nothing was ever claimed."""
        if self._memory.now.claimed or self._memory.now.stopped:
            self._stop()
            return Order(Act.STOP, "the server does not know this session any more", STOPPED_POLL_S)
        return Order(Act.INSPECT, "the server does not know this session; joining again", REJOIN_S)

    def _say_what_is(self, order: Order) -> None:
        """While writing, the progress; else the server's own line, which says what this machine waits for."""
        progress = self._install.progress() if self._busy() and self._install else None
        if progress is None or order.act is Act.STOP:
            self._console.say(order.text)
        elif progress.total_bytes and time.monotonic() - self._progress_said > PROGRESS_LINE_S:
            from rackwright_agent.run.progress import line

            self._progress_said = time.monotonic()
            self._console.say(line(progress))

    def _ask(self, path: str, message: Callable[[], Any], answer: type[Answer]) -> Answer | None:
        """Sends until it is answered; None when the server says that this session is over (401, 409)."""
        wait_s = _FIRST_RETRY_S
        while True:
            try:
                return self._door.post(path, message(), answer)
            except Unreachable as error:
                self._console.say(f"waiting for the server {self._door.server}: {error}")
                self._pause(max(wait_s, error.retry_after_s))
                wait_s = min(wait_s * 2, _LONGEST_RETRY_S)
            except Refused as error:
                if error.status in (401, 409):
                    self._console.say(f"the server refuses this session ({error})")
                    return None
                self._console.say(f"the server does not accept what this machine says ({error})")
                self._pause(_REFUSED_RETRY_S)

    def _pause(self, seconds: float) -> None:
        """A little uneven, so that a thousand machines do not come back in the same instant."""
        self._sleep(min(seconds, LONGEST_POLL_S) * (0.9 + os.urandom(1)[0] / 1280))
