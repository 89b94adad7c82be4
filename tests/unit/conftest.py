"""Unit tests reach no network but this host's loopback, and start no program unless their file is named here."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator

import pytest

# They run what they test: shells, file system tools on image files.
MAY_START_PROGRAMS = frozenset({
    "test_agent_contents", "test_agent_install", "test_first_boot_script", "test_images_boot_values", "test_images_disk",
})  # fmt: skip
_REACHING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTING = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"})
_refused: set[str] = set()  # kinds of events refused now: an audit hook, once added, stays for the process's life


def _look(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _refused:
        return
    if event in _REACHING and _is_here(arguments[1]):
        return
    raise RuntimeError(f"a unit test may not do this: {event} {arguments[1:2]}")


def _is_here(address: object) -> bool:
    """A unix socket, a socket that is connected already, or loopback."""
    if not isinstance(address, tuple) or not address:
        return True
    try:
        return ipaddress.ip_address(str(address[0])).is_loopback
    except ValueError:
        return address[0] == "localhost"


sys.addaudithook(_look)


@pytest.fixture(autouse=True)
def unreachable(request: pytest.FixtureRequest) -> Iterator[None]:
    module = request.path.stem
    _refused.update(_REACHING if module in MAY_START_PROGRAMS else _REACHING | _STARTING)
    yield
    _refused.clear()
