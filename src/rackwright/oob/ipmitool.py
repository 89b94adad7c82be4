"""The Bmc port by `ipmitool` over lanplus. The password is in the child's environment only."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from rackwright.oob import ipmi_text
from rackwright.oob.ipmi_text import BootFlags, Fault
from rackwright.ports import BmcAddress, Power
from rackwright.values.errors import MachineFailed, OperatorMustFix, RackwrightError, Transient

CIPHERS = (17, 3)  # SHA-256, then SHA-1: nothing weaker is tried
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_ERRORS: dict[Fault, tuple[type[RackwrightError], str]] = {
    Fault.UNREACHABLE: (Transient, "bmc_unreachable"),
    Fault.NAME_UNKNOWN: (Transient, "bmc_name_unknown"),
    Fault.BUSY: (Transient, "bmc_busy"),
    Fault.NOT_NOW: (Transient, "bmc_not_now"),
    Fault.UNCLEAR: (Transient, "bmc_answer_unclear"),
    Fault.CIPHER: (MachineFailed, "bmc_cipher_refused"),
    Fault.LOGIN: (MachineFailed, "bmc_login_refused"),
    Fault.PRIVILEGE: (MachineFailed, "bmc_privilege_refused"),
    Fault.UNSUPPORTED: (MachineFailed, "bmc_unsupported"),
    Fault.ABSENT: (MachineFailed, "bmc_unsupported"),
    Fault.CREDENTIALS_TOO_LONG: (MachineFailed, "bmc_credentials_too_long"),
}


class Refused(Exception):
    """One failed call, before it becomes an error of the port."""

    def __init__(self, fault: Fault, line: str) -> None:
        super().__init__(fault, line)
        self.fault = fault
        self.line = line


@dataclass(frozen=True, slots=True)
class Ipmitool:
    """An unreachable BMC costs 10 s so (each wait is a second longer than the last), a call never more than `limit_s`."""

    program: str = "ipmitool"
    resend_s: int = 2
    resends: int = 2
    limit_s: float = 30.0

    def probe_cipher(self, bmc: BmcAddress) -> int | None:
        """Asks for the power state with each suite. A wrong password is not tried a second time: BMCs lock users."""
        refused = Refused(Fault.CIPHER, "")
        for cipher in CIPHERS:
            try:
                self._run(bmc, cipher, "chassis", "power", "status")
            except Refused as failure:
                refused = failure
                if failure.fault is Fault.CIPHER or _fell_silent(failure):
                    continue
                break
            return cipher
        raise _error(bmc, refused, "probe cipher")

    def power(self, bmc: BmcAddress) -> Power:
        text = self._ask(bmc, "chassis", "power", "status")
        state = ipmi_text.power(text)
        if state is None:
            raise _error(bmc, Refused(*ipmi_text.fault(text)), "power status")
        return state

    def power_on(self, bmc: BmcAddress) -> None:
        self._switch(bmc, Power.ON)

    def power_off(self, bmc: BmcAddress) -> None:
        self._switch(bmc, Power.OFF)

    def power_soft(self, bmc: BmcAddress) -> None:
        try:
            self._call(bmc, "chassis", "power", "soft")
        except Refused as refused:
            # What is off cannot be asked to shut down.
            if refused.fault is Fault.NOT_NOW and self.power(bmc) is Power.OFF:
                return
            raise _error(bmc, refused, "power soft") from refused

    def netboot_once(self, bmc: BmcAddress, *, uefi: bool) -> None:
        """Set again once when it does not read back: some BMCs drop the first write after a power-off."""
        read = None
        for _ in range(2):
            # ipmitool exits with 0 also when parameter 5 was refused.
            text = self._ask(bmc, "chassis", "bootdev", "pxe", *(["options=efiboot"] if uefi else []))
            found, line = ipmi_text.fault(text)
            if "Boot Parameter 5 failed" in line:
                raise _error(bmc, Refused(found, line), "bootdev pxe")
            read = ipmi_text.boot_flags(self._ask(bmc, "chassis", "bootparam", "get", "5"))
            if read == BootFlags(valid=True, once=True, efi=uefi, pxe=True):
                return
        raise MachineFailed("bmc_netboot_not_kept", machine=bmc.machine, address=bmc.address, read=str(read), uefi=uefi)

    def guid(self, bmc: BmcAddress) -> str:
        try:
            return ipmi_text.guid(self._call(bmc, "mc", "guid"))
        except Refused as refused:
            if refused.fault is Fault.UNSUPPORTED:
                return ""
            raise _error(bmc, refused, "mc guid") from refused

    def fru_serial(self, bmc: BmcAddress) -> str:
        try:
            # Of FRU 0 alone: `fru print` would first read the whole sensor repository, minutes on some BMCs.
            text = self._call(bmc, "fru", "print", "0")
        except Refused as refused:
            if refused.fault in (Fault.UNSUPPORTED, Fault.ABSENT):
                return ""
            raise _error(bmc, refused, "fru print") from refused
        serial = ipmi_text.fru_serial(text)
        if serial is None:
            raise _error(bmc, Refused(Fault.UNCLEAR, ipmi_text.fault(text)[1]), "fru print")
        return serial

    def _switch(self, bmc: BmcAddress, wanted: Power) -> None:
        try:
            self._call(bmc, "chassis", "power", wanted.value)
        except Refused as refused:
            # Some BMCs refuse to switch off what is off.
            if refused.fault is Fault.NOT_NOW and self.power(bmc) is wanted:
                return
            raise _error(bmc, refused, f"power {wanted.value}") from refused

    def _ask(self, bmc: BmcAddress, *command: str) -> str:
        try:
            return self._call(bmc, *command)
        except Refused as refused:
            raise _error(bmc, refused, " ".join(command)) from refused

    def _call(self, bmc: BmcAddress, *command: str) -> str:
        # Without -C ipmitool asks for the suites first, which takes 10 s where the BMC does not know the question.
        cipher = bmc.cipher if bmc.cipher is not None else self.probe_cipher(bmc)
        assert cipher is not None
        return self._run(bmc, cipher, *command)

    def _run(self, bmc: BmcAddress, cipher: int, *command: str) -> str:
        """Everything ipmitool printed. Raises Refused when it failed or took too long."""
        host, port = ipmi_text.host_and_port(bmc.address)
        # -v: without it a wrong password and a dead BMC print the same line.
        asked = ["-v", "-I", "lanplus", "-H", host, "-p", port, "-U", bmc.user, "-E", "-C", str(cipher)]
        bounds = ["-N", str(self.resend_s), "-R", str(self.resends)]
        try:
            done = subprocess.run(
                [self.program, *asked, *bounds, *command],
                env={"PATH": _PATH, "LC_ALL": "C", "IPMI_PASSWORD": bmc.password},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            # Not chained: the exception carries the command, and a traceback would print it.
            raise Refused(Fault.UNREACHABLE, f"no answer within {self.limit_s:g} s") from None
        except FileNotFoundError as error:
            raise OperatorMustFix("program_missing", program="ipmitool", package="ipmitool") from error
        text = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            raise Refused(*ipmi_text.fault(text))
        return text


def _fell_silent(refused: Refused) -> bool:
    """It answered before a session was asked for: some BMCs just do not reply to a suite they lack."""
    return refused.fault is Fault.UNREACHABLE and "Get Auth Capabilities" not in refused.line


def _error(bmc: BmcAddress, refused: Refused, step: str) -> RackwrightError:
    kind, key = _ERRORS[refused.fault]
    # It goes to the timeline and to the log, whatever a tool or a wrapper of it thought fit to print.
    said = refused.line.replace(bmc.password, "***") if bmc.password else refused.line
    return kind(key, machine=bmc.machine, address=bmc.address, user=bmc.user, step=step, said=said)
