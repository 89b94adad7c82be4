"""`rackwright serve`: runs the site's server on this host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("/etc/rackwright/rackwright.toml")
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help=f"Settings; by default {DEFAULT_CONFIG} if it is there.")
]


def chosen(config: Path | None) -> Path | None:
    if config is None and DEFAULT_CONFIG.exists():
        return DEFAULT_CONFIG
    return config


def serve(config: Config = None) -> None:
    """Run the server: machine door, operators' API, reconciler, DHCP and TFTP."""
    from rackwright.main import serve as run

    raise typer.Exit(run(chosen(config)))
