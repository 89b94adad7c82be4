"""What an agent that is started again within the same boot must know. Lives in RAM: a reboot forgets it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from rackwright_wire.codec import NotAMessage, decode, encode


@dataclass(frozen=True, slots=True)
class Remembered:
    """`claimed` holds install/attempt pairs that this boot has used up; `writing` is the one not ended."""

    session: str = ""
    stopped: bool = False
    claimed: tuple[str, ...] = ()
    writing: str = ""


class BootMemory:
    """Keeps one Remembered in a file, replaced whole."""

    def __init__(self, path: Path = Path("/run/rackwright/agent.json")) -> None:
        self.path = path
        self.now = self._load()

    def change(self, **fields: str | int | bool | tuple[str, ...]) -> None:
        """Replaces fields and saves; what cannot be saved still holds for this process."""
        after = dataclasses.replace(self.now, **fields)
        if after == self.now:
            return
        self.now = after
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_bytes(encode(after))
            fresh.replace(self.path)
        except OSError:
            pass

    def _load(self) -> Remembered:
        try:
            return decode(Remembered, self.path.read_bytes())
        except (OSError, NotAMessage):
            return Remembered()
