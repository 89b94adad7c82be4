"""What runs once on an installed system: a shell program and its systemd unit, as texts to write there.

Never runs on the server, and is the same for every machine: what differs is in first-boot.env.
"""

from importlib.resources import files

PROGRAM_PATH = "/usr/lib/rackwright/first-boot"
UNIT_PATH = "/etc/systemd/system/rackwright-first-boot.service"


def program() -> str:
    """The text of the program at PROGRAM_PATH (mode 0755)."""
    return files(__name__).joinpath("first-boot.sh").read_text("utf-8")


def unit() -> str:
    """The text of the unit at UNIT_PATH; multi-user.target wants it."""
    return files(__name__).joinpath("rackwright-first-boot.service").read_text("utf-8")
