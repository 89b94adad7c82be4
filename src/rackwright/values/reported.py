"""What a machine says of itself, made one bounded line. It is data: it may hold anything."""

from __future__ import annotations


def one_line(text: str, longest: int) -> str:
    """At most `longest` characters, each of them visible: a line end or an escape sequence would let a machine
    write a line of its own into a log or a terminal."""
    cut = text[:longest]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in cut)
