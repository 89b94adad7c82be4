"""The Liveness port: ping, and an SSH banner, of all addresses at once. It logs in nowhere and sends nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rackwright.ports import Answered, How
from rackwright.reach.echo import answers_ping
from rackwright.settings import AliveSettings

_BANNER = b"SSH-"  # RFC 4253, 4.2; lines before it are allowed and sent by nobody
_MOST = 16  # addresses asked: a machine with more answers on one of them too


@dataclass(frozen=True, slots=True)
class Reach:
    settings: AliveSettings
    ssh_port: int = 22

    def alive(self, addresses: Sequence[str]) -> Answered | None:
        asks: list[tuple[str, How, Callable[[str], bool]]] = []
        for address in addresses[:_MOST]:
            asks += [(address, How.PING, self._pings)] if self.settings.ping else []
            asks += [(address, How.SSH, self._greets)] if self.settings.ssh else []
        if not asks:
            return None
        with ThreadPoolExecutor(len(asks), thread_name_prefix="alive") as pool:
            answers = [(address, how, pool.submit(ask, address)) for address, how, ask in asks]
        heard = (Answered(address, how) for address, how, answer in answers if answer.result())
        return next(heard, None)

    def _pings(self, address: str) -> bool:
        return answers_ping(address, self.settings.wait_s)

    def _greets(self, address: str) -> bool:
        until = time.monotonic() + self.settings.wait_s
        try:
            with socket.create_connection((address, self.ssh_port), timeout=self.settings.wait_s) as sock:
                said = b""
                while len(said) < len(_BANNER) and (left := until - time.monotonic()) > 0:
                    sock.settimeout(left)
                    some = sock.recv(len(_BANNER) - len(said))
                    if not some:
                        break
                    said += some
                return said == _BANNER
        except OSError:
            return False
