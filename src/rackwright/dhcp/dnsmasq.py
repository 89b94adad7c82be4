"""How to run dnsmasq under a parent: in the foreground, from one file written whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from rackwright.values.errors import OperatorMustFix

CONFIG = "dnsmasq.conf"
_SEARCH = "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin"  # not in a plain user's PATH


def find_dnsmasq() -> str | None:
    """Path of the program, or None."""
    return shutil.which("dnsmasq", path=_SEARCH)


def prepare_dnsmasq(config: str, state_dir: Path) -> list[str]:
    """Writes the configuration and gives the command that runs it in the foreground, logging to stderr.

    Raises OperatorMustFix where there is no dnsmasq."""
    program = find_dnsmasq()
    if program is None:
        raise OperatorMustFix("program_missing", program="dnsmasq", package="dnsmasq-base")
    path = state_dir / CONFIG
    new = path.with_suffix(".new")
    new.write_text(config)
    new.replace(path)
    return [program, "--keep-in-foreground", f"--conf-file={path}"]
