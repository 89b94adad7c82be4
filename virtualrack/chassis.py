"""A machine's chassis: the only one that starts, stops and watches its QEMU. Knows nothing of IPMI."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from . import nvram
from .bootflags import NO_FLAGS, BootFlags, Override, consume, current
from .bootplan import BootPlan, BootTarget, NvramNext, NvramOrder, QemuOrder, plan_boot
from .processes import die_with_parent
from .qemu import OVMF_VARS, MachineFiles, command
from .qmp import GuestStop, Qmp
from .rackfile import BootOrder, Firmware, Machine

KEPT_CONSOLE_BYTES = 64 * 1024
CYCLE_OFF_S = 1.0
STOP_S = 5.0


class _Running:
    """One QEMU process with its two sockets."""

    def __init__(self, process: subprocess.Popen[bytes], qmp: Qmp, serial: socket.socket) -> None:
        self.process = process
        self.qmp = qmp
        self.serial = serial


class Chassis:
    """Power, boot flags and serial port of one machine. Single-threaded: its owner calls `watch` when
    one of `sockets` is readable or a child has died, and at least every second."""

    def __init__(self, machine: Machine, files: MachineFiles, on_console: Callable[[bytes], None]) -> None:
        self.flags: BootFlags = NO_FLAGS
        self.kept_console = b""
        self._machine = machine
        self._files = files
        self._on_console = on_console
        self._running: _Running | None = None
        self._on_again_at_s: float | None = None

    @property
    def is_on(self) -> bool:
        return self._running is not None

    @property
    def sockets(self) -> list[socket.socket]:
        running = self._running
        return [running.serial, running.qmp.connection] if running else []

    def power_on(self, cause: str) -> None:
        self._on_again_at_s = None
        if self._running is None:
            self._launch(cause)

    def power_off(self, cause: str) -> None:
        self._on_again_at_s = None
        self._stop(cause)

    def power_cycle(self, cause: str) -> None:
        self._stop(cause)
        self._on_again_at_s = time.monotonic() + CYCLE_OFF_S

    def reset(self, cause: str) -> None:
        self._stop(cause)
        self._launch(cause)

    def press_power_button(self) -> None:
        if self._running:
            self.record("power button pressed")
            self._running.qmp.press_power_button()

    def type(self, data: bytes) -> None:
        """Bytes for the machine's serial port; lost when it is off or does not read."""
        if self._running:
            try:
                self._running.serial.send(data)
            except OSError:
                return

    def watch(self) -> None:
        """Take what the machine said, and follow what became of it."""
        self._drain_console()
        if self.flags != current(self.flags, time.monotonic()):
            self.flags = NO_FLAGS
            self.record("boot flags expired")
        running = self._running
        if running is not None:
            stop = running.qmp.read_stop()
            if stop is GuestStop.RESET:
                self.reset("guest reset")
            elif stop is GuestStop.SHUTDOWN:
                self._stop("guest powered off")
            elif running.process.poll() is not None:
                self._stop(f"QEMU ended with {running.process.returncode}")
        if self._on_again_at_s is not None and time.monotonic() >= self._on_again_at_s:
            self.power_on("power cycle")

    def record(self, event: str, **detail: str | bool | list[str]) -> None:
        """One line of evidence; never read by this program."""
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **detail}
        with self._files.events_log.open("ab") as log:
            log.write(msgspec.json.encode(line) + b"\n")

    def _launch(self, cause: str) -> None:
        override, self.flags = consume(self.flags, time.monotonic())
        plan = self._arrange(override)
        qmp, qemu_qmp = socket.socketpair()
        serial, qemu_serial = socket.socketpair()
        serial.setblocking(False)
        with qemu_qmp, qemu_serial, self._files.bmc_log.open("ab") as log:
            process = subprocess.Popen(
                command(self._machine, self._files, plan, qmp_fd=qemu_qmp.fileno(), serial_fd=qemu_serial.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(qemu_qmp.fileno(), qemu_serial.fileno()),
                # The BMC is the machine's platform: without it the machine is gone.
                preexec_fn=die_with_parent,
            )
        self._running = _Running(process, Qmp(qmp), serial)
        self._files.qemu_pid.write_text(str(process.pid))
        self.record("power on", cause=cause, boot=_plan_text(plan), **_override_detail(self._machine, override))

    def _arrange(self, override: Override | None) -> BootPlan:
        machine = self._machine
        if machine.firmware is Firmware.UEFI and not self._files.nvram.exists():
            first = machine.boot_order is BootOrder.NETWORK_FIRST
            self._files.nvram.write_bytes(nvram.add_network_entry(OVMF_VARS.read_bytes(), machine.mac, first=first))
        plan = plan_boot(machine.firmware, machine.boot_order, override)
        return self._ask_nvram(plan.target) if isinstance(plan, NvramNext) else plan

    def _ask_nvram(self, target: BootTarget) -> BootPlan:
        try:
            edited = nvram.set_boot_next(self._files.nvram.read_bytes(), target)
        except nvram.NvramError as error:
            self.record("nvram not usable", error=str(error))
            return NvramOrder()
        if edited is None:
            self.record("nvram has no such boot entry", target=target.value)
            return NvramOrder()
        self._files.nvram.write_bytes(edited)
        return NvramNext(target)

    def _stop(self, cause: str) -> None:
        running = self._running
        if running is None:
            return
        running.process.send_signal(signal.SIGTERM)
        try:
            running.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait()
        self._drain_console()
        running.qmp.close()
        running.serial.close()
        self._running = None
        self._files.qemu_pid.unlink(missing_ok=True)
        order = self._nvram_order()
        self.record("power off", cause=cause, **({"nvram": order} if order else {}))

    def _nvram_order(self) -> list[str]:
        if not self._files.nvram.exists():
            return []
        try:
            return nvram.boot_order(self._files.nvram.read_bytes())
        except nvram.NvramError:
            return []

    def _drain_console(self) -> None:
        running = self._running
        if running is None:
            return
        try:
            data = running.serial.recv(65536)
        except (BlockingIOError, ConnectionError):
            return
        if data:
            with self._files.console_log.open("ab") as log:
                log.write(data)
            self.kept_console = (self.kept_console + data)[-KEPT_CONSOLE_BYTES:]
            self._on_console(data)


def _plan_text(plan: BootPlan) -> str:
    match plan:
        case QemuOrder(first):
            return f"{first.value} first"
        case NvramNext(target):
            return f"{target.value} once, by BootNext"
        case NvramOrder():
            return "the firmware's own order"
        case _:
            assert_never(plan)


def _override_detail(machine: Machine, override: Override | None) -> dict[str, str | bool]:
    if override is None:
        return {}
    # Many servers ignore an override meant for the other firmware mode; this one obeys and tells.
    mismatch = override.efi != (machine.firmware is Firmware.UEFI)
    return {"override": override.device.name.lower(), "once": not override.persistent} | (
        {"efi flag does not fit": True} if mismatch else {}
    )
