"""One process of the real server, with the fleet's BMCs in place of real ones: `python -m fleet.server NAME CONFIG SOCKET`.

`prepare` makes the database and the first admin's token, and ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fleet.bmc_driver import FleetBmc
from rackwright import wiring
from rackwright.app.tokens import first_token
from rackwright.main import run_process
from rackwright.settings import Settings, read_settings
from rackwright.store.migrate import migrate
from rackwright.values.machine import BmcType
from rackwright.work.power import Patience

SETTLES_S = 6.0  # a simulated chassis is faster
LEASE_US = 20_000_000


def main() -> None:
    name, config, bmcs = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

    def work(wired: wiring.Wired) -> wiring.Work:
        return wiring.work(wired, {BmcType.IPMI: FleetBmc(bmcs)}, patience=Patience(SETTLES_S, LEASE_US))

    if name == "prepare":
        _prepare(read_settings(config))
    else:
        run_process(name, config, work)


def _prepare(settings: Settings) -> None:
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    wired = wiring.wire(settings)
    migrate(wired.store.engine)
    first_token(wired.store, wiring.now_us(), settings.state_dir)
    wired.store.close()


if __name__ == "__main__":
    main()
