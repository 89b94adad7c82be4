"""What a person in front of the machine reads. One line per change; never a secret."""

from __future__ import annotations

import sys
import threading
from typing import TextIO


class Console:
    """Prints to the RAM OS's console; a line that repeats the one before is dropped."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._last = ""
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Prints one line unless it is what was printed last. Control characters are shown as '?'."""
        line = "".join(c if c.isprintable() else "?" for c in text)
        with self._lock:
            if not line or line == self._last:
                return
            self._last = line
            try:
                self._stream.write(f"rackwright: {line}\n")
                self._stream.flush()
            except (OSError, UnicodeError):
                pass  # a console that went away must not stop an install
