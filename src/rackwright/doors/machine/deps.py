"""What the machine door is given when it is built, and how it reads and writes without blocking its loop."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from rackwright.app.context import Context
from rackwright.app.notice import Notices
from rackwright.ports import Leases
from rackwright.store.store import Store, Tx
from rackwright.values.network import Network

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deps:
    """`image_path` finds an image's file by its digest; `local_loader` is localboot.efi's bytes; `now` gives UTC
    microseconds."""

    store: Store
    context: Context
    networks: tuple[Network, ...]
    leases: Leases
    now: Callable[[], int]
    ramos_dir: Path
    image_path: Callable[[str], Path | None]
    local_loader: bytes
    notices: Notices = field(default_factory=Notices)

    async def write(self, f: Callable[[Tx], T]) -> T:
        """One write transaction, awaited: its thread commits while the loop goes on."""
        return await asyncio.wrap_future(self.store.submit(f))

    def read(self, f: Callable[[Tx], T]) -> T:
        """An indexed point read, inline: it costs less than handing it to a thread."""
        return self.store.read(f)


def deps_of(request: Request) -> Deps:
    return request.app.state.deps


def peer(request: Request) -> str:
    """The address that the request comes from."""
    return request.client.host.removeprefix("::ffff:") if request.client else ""


def network_of(deps: Deps, address: str) -> Network | None:
    """The installation network that an address belongs to."""
    with_address = ipaddress.ip_address(address) if address else None
    return next(
        (network for network in deps.networks if with_address in _subnet(network.address, network.prefix)), None
    )


@cache
def _subnet(address: str, prefix: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{address}/{prefix}", strict=False)


def door_url(deps: Deps, request: Request) -> str:
    """How a machine reaches this door: the setting, or the very address that it just used."""
    if deps.context.settings.door.url:
        return deps.context.settings.door.url.rstrip("/")
    host, port = request.scope["server"][:2]
    host = str(host).removeprefix("::ffff:")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
