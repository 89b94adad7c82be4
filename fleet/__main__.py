"""`python -m fleet` is `rackwright-fleet`."""

from __future__ import annotations

from fleet.main import main

main()
