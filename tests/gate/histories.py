"""Histories of a small site, made up step by step by hypothesis: what operators, machines, the network and time do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rackwright.store.engine import open_engine
from rackwright.store.migrate import migrate
from rackwright.store.store import Store
from tests.gate.hardware import Content, Hardware, Kernel
from tests.gate.world import World

IN_REGISTER = st.integers(0, 1)
ANYONE = st.integers(0, 2)
_MEMORY = Path("/dev/shm")  # a history commits hundreds of times
_made: dict[str, Path] = {}


def _empty_database() -> Path:
    """Migrated once a process."""
    if "path" not in _made:
        directory = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None, prefix="histories-"))
        engine = open_engine(f"sqlite:///{directory}/empty.sqlite3")
        migrate(engine)
        engine.dispose()
        _made["path"] = directory / "empty.sqlite3"
    return _made["path"]


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        empty = _empty_database()
        self.directory = Path(tempfile.mkdtemp(dir=empty.parent))
        shutil.copy(empty, self.directory / "site.sqlite3")
        self.store = Store(f"sqlite:///{self.directory}/site.sqlite3")
        self.world = World(self.store, self.directory)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.directory)

    def hardware(self, which: int) -> Hardware:
        return self.world.hardware[which]

    # An operator

    @rule(which=IN_REGISTER, reinstall=st.booleans())
    def arm(self, which: int, reinstall: bool) -> None:
        name = self.world.name(self.hardware(which))
        live_ok = (name,) if reinstall else ()
        self.world.arms(self.hardware(which), reinstall=reinstall, reason="histories", live_ok=live_ok)

    @rule(which=IN_REGISTER)
    def retry(self, which: int) -> None:
        name = self.world.name(self.hardware(which))
        self.world.arms(self.hardware(which), retry=True, reinstall=True, reason="again", live_ok=(name,))

    @rule(which=IN_REGISTER)
    def cancel(self, which: int) -> None:
        self.world.cancels(self.hardware(which))

    @rule(which=IN_REGISTER)
    def protect(self, which: int) -> None:
        self.world.protects(self.hardware(which))

    @rule(which=IN_REGISTER)
    def unprotect(self, which: int) -> None:
        self.world.unprotects(self.hardware(which))

    @rule()
    def approve(self) -> None:
        self.world.approves_all()

    # The server and time

    @rule(seconds=st.sampled_from([1, 1, 1, 5, 20, 200, 4000]))
    def tick(self, seconds: int) -> None:
        self.world.ticks(seconds)

    @rule()
    def power(self) -> None:
        self.world.powers()

    # Machines: what goes on as it should is likelier than what strays, or no history would reach its end

    @rule(which=IN_REGISTER, steps=st.integers(1, 12))
    def go_on(self, which: int, steps: int) -> None:
        """All that a healthy machine does by itself, with the server looking."""
        for _ in range(steps):
            self.world.ticks(1)
            self.world.powers()
            self.world.boots(self.hardware(which))
            self.world.agent_acts(self.hardware(which), lost=False)
            self.world.system_acts(self.hardware(which))
            self.world.check()

    @rule(which=ANYONE)
    def boot(self, which: int) -> None:
        self.world.boots(self.hardware(which))

    @rule(which=ANYONE, lost=st.booleans())
    def agent(self, which: int, lost: bool) -> None:
        self.world.agent_acts(self.hardware(which), lost=lost)

    @rule(which=IN_REGISTER)
    def system(self, which: int) -> None:
        self.world.system_acts(self.hardware(which))

    @rule(which=ANYONE)
    def reset(self, which: int) -> None:
        if self.hardware(which).on or which == 2:
            self.hardware(which).starts()

    @rule(which=IN_REGISTER)
    def lose_power(self, which: int) -> None:
        """And the BMC says so."""
        self.hardware(which).loses_power()
        self.world.bmc.rack[f"10.77.1.{self.hardware(which).number}"].on = False

    @precondition(lambda self: not isinstance(self.hardware(0).running, Kernel))
    @rule(which=IN_REGISTER)
    def fill_disk(self, which: int) -> None:
        """Somebody puts a preloaded disk in, while nothing of ours writes."""
        machine = self.hardware(which)
        if not machine.on and machine.content == Content():
            machine.content = Content(foreign=True)

    @rule(which=st.integers(0, 59))
    def old_message(self, which: int) -> None:
        self.world.comes_again(which)

    @invariant()
    def everything_holds(self) -> None:
        try:
            self.world.check()
        except AssertionError:
            for machine in self.world.hardware[:2]:
                note(f"{machine}: {[line.text for line in self.world.site.log(self.world.name(machine))]}")
            raise
