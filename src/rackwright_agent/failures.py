"""What can go wrong, as the few kinds the agent tells apart."""

from __future__ import annotations


class AgentError(Exception):
    """The root of all failures that the agent expects."""


class MachineFailed(AgentError):
    """The machine, its disk or what was sent to it does not allow to go on; the text says what to look at."""


class Stopped(AgentError):
    """The server took the right to write away; whatever is running ends here."""


class Unreachable(AgentError):
    """No usable answer came; the same request may be sent again. `retry_after_s` is the server's own wish."""

    def __init__(self, text: str, retry_after_s: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class Refused(AgentError):
    """The server answered no, with its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
