"""Builds what each process of the server runs, from the settings. The only place that knows every adapter."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette

from rackwright.app.context import Context
from rackwright.dhcp.events import EVENTS, EventFile
from rackwright.dhcp.leases import LeaseFile
from rackwright.doors.api.app import operators_app
from rackwright.doors.api.deps import ApiDeps
from rackwright.doors.machine.app import machine_app
from rackwright.doors.machine.deps import Deps
from rackwright.images.files import ImageStore
from rackwright.oob.drivers import real_drivers
from rackwright.ports import Bmc, Hook, Liveness
from rackwright.reach.hook import hook_of
from rackwright.reach.liveness import Reach
from rackwright.render.dnsmasq import LEASES
from rackwright.settings import Settings
from rackwright.store import effects
from rackwright.store.engine import is_sqlite
from rackwright.store.store import Store, Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.machine import BmcType
from rackwright.vault.vault import open_vault
from rackwright.work.effects import EffectRunner
from rackwright.work.holder import gone, holder_of
from rackwright.work.power import Patience
from rackwright.work.reconciler import Reconciler
from rackwright.work.watch_dhcp import DhcpWatch

Work = tuple[Reconciler, EffectRunner, DhcpWatch]


def now_us() -> int:
    """The site's clock: UTC microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Wired:
    """What every process has."""

    settings: Settings
    store: Store
    context: Context


def wire(settings: Settings) -> Wired:
    return Wired(settings, Store(settings.database_url()), Context(settings, open_vault(settings.state_dir)))


def door(wired: Wired) -> Starlette:
    settings = wired.settings
    loader = settings.ramos_dir / "localboot.efi"
    return machine_app(
        Deps(
            store=wired.store,
            context=wired.context,
            networks=settings.networks(),
            leases=LeaseFile(settings.state_dir / LEASES),
            now=now_us,
            ramos_dir=settings.ramos_dir,
            image_path=_images(settings).path,
            local_loader=loader.read_bytes() if loader.is_file() else b"",
        )
    )


def office(wired: Wired) -> Starlette:
    images = _images(wired.settings)
    images.sweep()
    return operators_app(ApiDeps(wired.store, wired.settings, wired.context.vault, images, now_us))


def _images(settings: Settings) -> ImageStore:
    return ImageStore(settings.state_dir / "images")


def work(
    wired: Wired,
    drivers: Mapping[BmcType, Bmc] | None = None,
    liveness: Liveness | None = None,
    hook: Hook | None = None,
    patience: Patience | None = None,
) -> Work:
    """With the real world, but for what is given in its place. On SQLite there is one work process, so it takes over at
    once what its predecessor held."""
    sqlite, state_dir = is_sqlite(wired.store.engine), wired.settings.state_dir
    holder = "work" if sqlite else holder_of(os.getpid())
    wired.store.write(lambda tx: take_over(tx, wired.settings.site, holder))
    alive = liveness or Reach(wired.settings.alive)
    asked = hook or hook_of(wired.settings.pre_install_hook)
    return (
        Reconciler(wired.store, wired.context, now_us),
        EffectRunner(wired.store, wired.context, drivers or real_drivers(), alive, asked, now_us, holder, patience),
        DhcpWatch(wired.store, wired.settings.site, EventFile(state_dir / EVENTS), LeaseFile(state_dir / LEASES)),
    )


def take_over(tx: Tx, site: str, holder: str) -> None:
    """What a predecessor of this process held, and what processes of this host held that are gone."""
    for one in {holder, *gone(effects.holders(tx, site))}:
        effects.release(tx, site, one)


def door_sockets(settings: Settings) -> list[socket.socket]:
    """One a network, on this host's address there and on that interface alone."""
    return [_listen(n.address, settings.door.port, n.interface) for n in settings.networks()]


def api_socket(settings: Settings) -> socket.socket:
    """The setting's host and port, or a socket that a parent passed in (`fd:3`)."""
    if settings.api.passed_in is not None:
        return socket.socket(fileno=settings.api.passed_in)
    listen = settings.api.listen
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise OperatorMustFix("api_listen_wrong", listen=listen)
    return _listen(host.strip("[]"), int(port), "")


def try_to_listen(settings: Settings) -> None:
    """Raises OperatorMustFix where an address or a port cannot be had; takes none of them."""
    for made in door_sockets(settings):
        made.close()
    if settings.api.passed_in is None:
        api_socket(settings).close()


def _listen(host: str, port: int, interface: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if interface:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        made.bind((host, port))
    except OSError as error:
        made.close()
        on = f"{interface} {host}:{port}".strip()
        raise OperatorMustFix("cannot_listen", on=on, error=error.strerror or str(error)) from error
    made.listen(512)
    return made
