"""How to run dnsmasq under a parent: in the foreground, from one file written whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from rackwright.dhcp.events import SCRIPT
from rackwright.render.dnsmasq import EVENTS_SCRIPT
from rackwright.values.errors import OperatorMustFix

CONFIG = "dnsmasq.conf"
_SEARCH = "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin"  # not in a plain user's PATH


def find_dnsmasq() -> str | None:
    """Path of the program, or None."""
    return shutil.which("dnsmasq", path=_SEARCH)


def prepare_dnsmasq(config: str, state_dir: Path) -> list[str]:
    """Writes the configuration and its script, and gives the command that runs it in the foreground, logging to stderr.

    Raises OperatorMustFix where there is no dnsmasq."""
    program = find_dnsmasq()
    if program is None:
        raise OperatorMustFix("program_missing", program="dnsmasq", package="dnsmasq-base")
    _write(state_dir / EVENTS_SCRIPT, SCRIPT, 0o700)
    _write(state_dir / CONFIG, config, 0o600)
    return [program, "--keep-in-foreground", f"--conf-file={state_dir / CONFIG}"]


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all: the dnsmasq of a server that was killed may still read it."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)
