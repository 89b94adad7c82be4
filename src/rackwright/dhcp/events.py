"""What dnsmasq has seen, through a script that it runs: one line an event, in a bounded file. Read and removed here."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from rackwright.ports import DhcpEvent, DhcpStep
from rackwright.values.ids import parse_mac

EVENTS = "dhcp-events"  # beside the script
# dnsmasq (as root, one at a time) runs it for each lease and each finished TFTP transfer, with action, MAC or size,
# address, and name or path. `ulimit -f` counts 512 bytes: what nobody reads stops at 1 MiB, and so does its writing.
SCRIPT = f"""\
#!/bin/sh
# Written by Rackwright at every start; changes made here are lost. It must never fail, or wait for anything.
[ -z "$DNSMASQ_DATA_MISSING" ] || exit 0 # a lease of before, told again when dnsmasq starts: nobody was there
case "$1" in
add | old)
    step=lease
    case "$DNSMASQ_VENDOR_CLASS" in PXEClient*) step=dhcp ;; esac
    case " $DNSMASQ_TAGS " in *" ipxe "*) step=ipxe ;; esac
    line="$step $2 $3 ${{DNSMASQ_INTERFACE:--}}"
    ;;
tftp) line="loader - $3 ${{4##*/}}" ;;
*) exit 0 ;;
esac
trap '' XFSZ
ulimit -f 2048
printf '%s %s\\n' "$(date +%s)" "$line" 2>/dev/null >>"${{0%/*}}/{EVENTS}"
exit 0
"""
LONGEST = 1 << 20
_LINE = re.compile(
    rf"(\d{{9,11}}) ({'|'.join(DhcpStep)}) ([0-9a-f:]{{17}}|-) ([0-9.]{{7,15}}) ([\w.@-]{{1,64}})", re.ASCII
)


class EventFile:
    """The DhcpEvents port. A file that was put aside is read at the next time only: until then a script may still
    write to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aside = path.with_suffix(".read")

    def drain(self) -> list[DhcpEvent]:
        try:
            with self._aside.open(errors="replace") as opened:
                text = opened.read(LONGEST)
            self._aside.unlink()
        except OSError:  # none was put aside, or another process has just taken it
            text = ""
        with contextlib.suppress(OSError):  # nothing came
            self._path.rename(self._aside)
        return parse_events(text)


def parse_events(text: str) -> list[DhcpEvent]:
    """A line that is not whole, or odd in any way, is left out."""
    return [event for line in text.splitlines() if (event := _event(line))]


def _event(line: str) -> DhcpEvent | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    step, mac = DhcpStep(found[2]), parse_mac(found[3]) or ""
    if (mac == "") is not (step is DhcpStep.LOADER):
        return None
    return DhcpEvent(int(found[1]) * 1_000_000, step, mac, found[4], found[5])
