"""A Bmc port that talks to the fleet's BMCs over their socket. Believes nothing that is not a whole, fitting answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, cast

from rackwright.ports import BmcAddress, Power
from rackwright.values.errors import MachineFailed, Transient

TIMEOUT_S = 2.5


class FleetBmc:
    """Every call is one connection, bounded by TIMEOUT_S."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def probe_cipher(self, bmc: BmcAddress) -> int | None:
        self._ask(bmc, "power")
        return None

    def power(self, bmc: BmcAddress) -> Power:
        said = self._ask(bmc, "power")
        if said not in ("on", "off"):
            raise self._unreachable(bmc, f"{said!r:.40} is no power state")
        return Power(said)

    def power_on(self, bmc: BmcAddress) -> None:
        self._ask(bmc, "power_on")

    def power_off(self, bmc: BmcAddress) -> None:
        self._ask(bmc, "power_off")

    def power_soft(self, bmc: BmcAddress) -> None:
        """Asks the system to shut down."""
        self._ask(bmc, "power_soft")

    def netboot_once(self, bmc: BmcAddress, *, uefi: bool) -> None:
        self._ask(bmc, "netboot_once", uefi=uefi)

    def guid(self, bmc: BmcAddress) -> str:
        return self._ask(bmc, "guid")

    def fru_serial(self, bmc: BmcAddress) -> str:
        """The chassis serial of the BMC's FRU, empty when it has none."""
        return self._ask(bmc, "fru_serial")

    def _ask(self, bmc: BmcAddress, act: str, *, uefi: bool = False) -> str:
        asked = {
            "act": act, "address": bmc.address, "machine": bmc.machine, "user": bmc.user, "password": bmc.password,
            "uefi": uefi,
        }  # fmt: skip
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(TIMEOUT_S)
                connection.connect(self._path)
                connection.sendall(json.dumps(asked).encode() + b"\n")
                answer: object = json.loads(connection.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise self._unreachable(bmc, str(error)) from error
        if not isinstance(answer, dict):
            raise self._unreachable(bmc, "no answer")
        given = cast("dict[str, Any]", answer)
        if "refused" in given:
            refused = str(given["refused"])
            raise MachineFailed(refused, machine=bmc.machine, address=bmc.address, user=bmc.user, step=act, said="")
        if not isinstance(given.get("value"), str):
            raise self._unreachable(bmc, f"{given!r:.60}")
        return given["value"]

    @staticmethod
    def _unreachable(bmc: BmcAddress, said: str) -> Transient:
        return Transient("bmc_unreachable", machine=bmc.machine, address=bmc.address, user=bmc.user, step="", said=said)
