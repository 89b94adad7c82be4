"""The few kinds of error. A bug is none of these: it keeps its traceback."""

from __future__ import annotations


class RackwrightError(Exception):
    """Root of all errors that are not bugs. `key` and `values` are put into words when read."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key}: {details}" if details else self.key


class OperatorMustFix(RackwrightError):
    """Bad input, a missing thing, a refused act: the text says what to do."""


class NotFound(OperatorMustFix):
    """What was named does not exist here."""


class Forbidden(OperatorMustFix):
    """The caller's role does not allow it."""


class MachineFailed(RackwrightError):
    """The machine or its BMC did something wrong; we did not."""


class Transient(RackwrightError):
    """Try again: busy database, full queue, unreachable BMC."""
