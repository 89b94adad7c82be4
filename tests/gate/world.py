"""A small site and its hardware, stepped by hand: the real use cases on a real store, machines that obey or stray.

It keeps the truth (who wrote which disk, and when) beside what the server says, and compares the two after each step.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rackwright.app.answer_boot import answer_boot, record_boot
from rackwright.app.approve import ApproveRequest, approve
from rackwright.app.claim import claim
from rackwright.app.holds import holds
from rackwright.app.join import join
from rackwright.app.phone_home import PhoneHome, phone_home
from rackwright.app.poll import WrongSession, poll
from rackwright.app.protect import ProtectRequest, protect
from rackwright.app.protect import unprotect as lift
from rackwright.app.report import report
from rackwright.oob.fake import FakeBmc
from rackwright.ports import BmcAddress
from rackwright.store import installs, machines, sessions
from rackwright.store.store import Store
from rackwright.values.boot import BootRequest, Boots, Firmware
from rackwright.values.errors import RackwrightError
from rackwright.values.ids import Id, Mac
from rackwright.values.install import Install, State
from rackwright.values.machine import Machine, RegisteredNic
from rackwright.values.network import Unknown
from rackwright_wire import PROTOCOL
from rackwright_wire.messages import Act, Claim, Event, Join, Order, Progress, Report
from tests.gate.hardware import STEPS, Content, Hardware, Kernel, Key, System
from tests.story import DOOR, SITE, Site, mac_of

MACHINES = 2
CLONE = 3  # an unregistered machine with the serial of the first one
LIMITS = {"starts": 1, "writes": 1}


class _WatchedBmc(FakeBmc):
    """Its power acts reach the hardware, and the world hears of each before it happens."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def power_off(self, bmc: BmcAddress) -> None:
        self.world.about_to_switch(bmc.address)
        super().power_off(bmc)
        self.world.hardware_at(bmc.address).loses_power()

    def power_on(self, bmc: BmcAddress) -> None:
        self.world.about_to_switch(bmc.address)
        super().power_on(bmc)
        self.world.hardware_at(bmc.address).starts()


class World:
    """`say` sends one message: it is kept, so that it can come again later."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.site = Site(store, directory, limits=LIMITS, arming_expires_h=2)
        self.bmc = _WatchedBmc(self)
        self.hardware: list[Hardware] = []
        self.ids: dict[int, Id] = {}
        self.sent: list[Callable[[], object]] = []
        self.protected: set[str] = set()
        self.armed: set[str] = set()
        self.approved: set[str] = set()
        for number in range(1, MACHINES + 1):
            nics = (RegisteredNic(mac_of(number)),)
            self.ids[number] = self.site.register(number, nics=nics).id
            self.hardware.append(self._hardware(number, f"SN{number:04}", mac_of(number)))
        self.bmc.rack = self.site.rack.rack
        for machine in self.hardware:
            self.bmc.rack[f"10.77.1.{machine.number}"].guid = machine.uuid
        self.hardware.append(self._hardware(CLONE, "SN0001", mac_of(CLONE)))

    @staticmethod
    def _hardware(number: int, serial: str, mac: str) -> Hardware:
        uuid = f"4c4c4544-0000-4000-8000-{number:012d}"
        return Hardware(number, serial, mac, uuid, f"10.77.0.{100 + number}", f"DISK{number:04}")

    def hardware_at(self, bmc_address: str) -> Hardware:
        return self.hardware[int(bmc_address.rpartition(".")[2]) - 1]

    def name(self, machine: Hardware) -> str:
        return f"web{machine.number:02}"

    def install(self, machine: Hardware) -> Install | None:
        """Its machine's latest one; None also for the clone, which the register does not know."""
        id_ = self.ids.get(machine.number, Id(""))
        return self.site.store.read(lambda tx: installs.latest(tx, SITE, id_))

    def row(self, machine: Hardware) -> Machine:
        found = self.site.store.read(lambda tx: machines.get(tx, SITE, self.ids[machine.number]))
        assert found is not None
        return found

    # What an operator does

    def arms(self, machine: Hardware, **asked: Any) -> None:
        self.armed |= set(self.site.arm(self.name(machine), **asked))

    def cancels(self, machine: Hardware) -> None:
        self._try(lambda: self.site.cancel(self.name(machine), "no"))

    def protects(self, machine: Hardware) -> None:
        request = ProtectRequest(names=(self.name(machine),), reason="payroll")
        site = self.site
        self._try(lambda: protect(site.store, site.clock(), site.context, request, "ann", lambda _tx, _told: None))
        if self.row(machine).protected:
            self.protected.add(self.name(machine))

    def unprotects(self, machine: Hardware) -> None:
        self._write(lambda tx: lift(tx, self.site.clock(), self.site.context, self.name(machine), "ann", "done"))
        if not self.row(machine).protected:
            self.protected.discard(self.name(machine))

    def approves_all(self) -> None:
        groups = self.site.store.read(lambda tx: holds(tx, self.site.context, "en"))
        for group in groups:
            if group.approvable:
                named = tuple((one.hostname, one.disk) for one in group.machines)
                request = ApproveRequest(group.fingerprint, named, "vendor's preload")
                lines = self._write(lambda tx, r=request: approve(tx, self.site.clock(), self.site.context, r, "ann"))
                self.approved |= {line.name for line in lines or () if not line.key}

    # What the server does

    def ticks(self, seconds: float) -> None:
        """A machine that reboots by itself while it waits is inspected again without a permit: none is given then."""
        before = self.counts()
        self.site.tick(seconds)
        given = self.counts().get(State.STARTING, 0) - before.get(State.STARTING, 0)
        held = before.get(State.STARTING, 0) + before.get(State.INSPECTING, 0)
        assert given <= max(0, LIMITS["starts"] - held) or given <= 0

    def powers(self) -> None:
        self.site.power(self.bmc)

    def about_to_switch(self, bmc_address: str) -> None:
        """No power act while somebody may write, and none at a protected machine."""
        machine = self.hardware_at(bmc_address)
        install = self.install(machine)
        assert install is not None, "power was touched at a machine that nobody armed"
        assert install.state is State.STARTING, f"power was touched in {install.state}"
        assert self.name(machine) not in self.protected, "power was touched at a protected machine"
        writes = isinstance(machine.running, Kernel) and machine.running.writing
        assert not (writes and install.claimed), "power was touched while the claimed disk was written"

    # What the hardware does

    def boots(self, machine: Hardware) -> None:
        """Its firmware boots from the network first, as the server's answer says."""
        if not machine.on or machine.running is not None:
            return
        asked = BootRequest(Mac(machine.mac), machine.address, Firmware.BIOS, serial=machine.serial)
        boots = self._say(lambda: self._boot(asked))
        if boots is Boots.RAM_OS:
            machine.running = Kernel()
        elif machine.content.whole and machine.content.by:
            machine.running = System(machine.content.by[0], machine.content.token)

    def _boot(self, asked: BootRequest) -> Boots:
        site, context = self.site, self.site.context
        found = site.store.read(lambda tx: answer_boot(tx, context, asked, Unknown.DISCOVER))
        if found.proves:
            site.store.write(lambda tx: record_boot(tx, site.clock(), context, found.who, asked))
            found = site.store.read(lambda tx: answer_boot(tx, context, asked, Unknown.DISCOVER))
        return found.answer.boots

    def agent_acts(self, machine: Hardware, *, lost: bool) -> None:
        """One thing that its agent does next; `lost`: the answer never arrives, and it knows nothing of it."""
        kernel = machine.running
        if not isinstance(kernel, Kernel):
            return
        if kernel.writing and not kernel.stopped and self._writes(machine, kernel):
            return
        order = kernel.order
        if not kernel.session or (order and order.act is Act.INSPECT and not kernel.stopped):
            self._joins(machine, kernel, lost)
        elif order and order.act is Act.CLAIM and not kernel.stopped:
            self._claims(machine, kernel, order, lost)
        elif order and order.act is Act.REBOOT:
            machine.starts()
        else:
            self._polls(machine, kernel, lost)

    def _joins(self, machine: Hardware, kernel: Kernel, lost: bool) -> None:
        message, address, mac = Join(PROTOCOL, kernel.boot_id, machine.facts()), machine.address, machine.mac
        context, clock = self.site.context, self.site.clock
        joined = self._say(lambda: self._write(lambda tx: join(tx, clock(), context, message, address, mac)))
        if not lost and joined:
            kernel.session, kernel.order = joined.session, joined.order

    def _polls(self, machine: Hardware, kernel: Kernel, lost: bool) -> None:
        key = kernel.writing[0] if kernel.writing else None
        session = kernel.session

        def send() -> Order | None:
            try:
                found, order = self.site.store.read(lambda tx: poll(tx, self.site.context, session))
            except WrongSession:
                return None
            if found.machine and not found.fenced_at:
                self.site.deps.notices.saw(found.machine, "poll", self.site.clock(), {"doing": ""})
                if key and found.install:
                    told = Progress("write_image", kernel.written, STEPS)
                    values = {"step": told.step, "done_bytes": told.done_bytes}
                    self.site.deps.notices.saw_progress(found.machine, self.site.clock(), values)
            return order

        order = self._say(send)
        if not lost and order:
            self._obeys(kernel, order)

    @staticmethod
    def _obeys(kernel: Kernel, order: Order) -> None:
        kernel.order = order
        if order.act is Act.STOP:
            kernel.stopped, kernel.writing = True, None

    def _claims(self, machine: Hardware, kernel: Kernel, order: Order, lost: bool) -> None:
        key = (order.install, order.attempt)
        if key in kernel.claimed or order.disk is None:
            self._polls(machine, kernel, lost)
            return
        message = Claim(kernel.session, kernel.boot_id, *key, "image", (order.disk,))
        context, clock = self.site.context, self.site.clock

        def ask() -> Any:
            return self._write(lambda tx: claim(tx, clock(), context, message, DOOR))

        granted = self._say(ask)
        if lost or granted is None:
            return
        if granted.granted and granted.plan and granted.plan.disk == order.disk:
            kernel.claimed.add(key)
            kernel.writing = (key, granted.plan)
        else:
            kernel.order = None

    def _writes(self, machine: Hardware, kernel: Kernel) -> bool:
        """A piece of the image reaches the disk; False once everything is written and the rest is talk."""
        assert kernel.writing is not None
        key, plan = kernel.writing
        if kernel.written < STEPS:
            self.about_to_write(machine, kernel, key)
            kernel.written += 1
            whole = kernel.written == STEPS
            token = self.site.context.first_boot_token(*key) if whole else ""
            machine.content = Content(key, whole, token, plan.hostname if whole else "")
            return True
        return self._hands_over(machine, kernel)

    def _hands_over(self, machine: Hardware, kernel: Kernel) -> bool:
        seq = kernel.seq + 1
        values: dict[str, str | int | float | bool] = {"boot_mode": "bios", "disk_serial": machine.disk_serial}
        message = Report(kernel.session, kernel.boot_id, (Event(seq, "handing_over", values),))
        context, clock = self.site.context, self.site.clock
        order = self._say(lambda: self._write(lambda tx: report(tx, clock(), context, message)))
        if order is not None:
            self._obeys(kernel, order)
            if order.accepted_seq >= seq and not kernel.stopped:
                machine.starts()
        return True

    def system_acts(self, machine: Hardware) -> None:
        system = machine.running
        if isinstance(system, System):
            told = PhoneHome(system.install, system.token, self.name(machine), machine.disk_serial, "bios")
            context, clock = self.site.context, self.site.clock
            self._say(lambda: self._write(lambda tx: phone_home(tx, clock(), context, told)))

    def comes_again(self, which: int) -> None:
        """An old message is delivered once more; nobody hears the answer."""
        if self.sent:
            self.sent[which % len(self.sent)]()

    # The truth

    def about_to_write(self, machine: Hardware, kernel: Kernel, key: Key) -> None:
        assert self.name(machine) not in self.protected, "a protected machine was written to"
        granted = self.site.store.read(lambda tx: sessions.claim_of(tx, SITE, *key))
        assert granted is not None, "written without a claim"
        assert granted.session == kernel.session, "written under another boot's claim"
        assert key[0] in self.armed, "written for an install that nobody armed"
        assert machine.disk_serial in granted.scope, "written outside the claim's scope"
        assert machine.number != CLONE, "a machine was written that the register does not know"
        assert not machine.content.foreign or self.name(machine) in self.approved, "somebody's data was written over"
        self.approved.discard(self.name(machine))

    def check(self) -> None:
        """What must hold after every step."""
        counts = self.counts()
        assert counts.get(State.GRANTED, 0) + counts.get(State.INSTALLING, 0) <= LIMITS["writes"]
        for machine in self.hardware[:MACHINES]:
            install = self.install(machine)
            if install and install.state is State.DONE:
                assert (machine.content.by, machine.content.whole) == ((install.id, install.attempt), True)
            runs = self.row(machine).runs
            assert not runs.os or machine.content.whole, "the register names a system, the disk holds none"
            if install and install.state in (State.HELD, State.FAILED, State.CANCELLED):
                assert install.cause.get("key"), f"{install.state} without a cause"
            if install and install.state is State.INSTALLING:
                granted = self.site.store.read(lambda tx, i=install: sessions.claim_of(tx, SITE, i.id, i.attempt))
                assert granted is not None, "installing without a claim"
                assert granted.session == install.session, "a boot that is not the live one has the claim"

    def counts(self) -> dict[State, int]:
        return self.site.store.read(lambda tx: installs.counts(tx, SITE))

    # How things are sent

    def _say(self, send: Callable[[], Any]) -> Any:
        self.sent.append(send)
        del self.sent[:-60]
        return send()

    def _write(self, f: Callable[[Any], Any]) -> Any:
        return self._try(lambda: self.site.store.write(f))

    @staticmethod
    def _try(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (RackwrightError, WrongSession):
            return None
