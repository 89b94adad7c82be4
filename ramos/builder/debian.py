"""Unpacks the Debian packages into a tree; no maintainer script ever runs."""

import shutil
from pathlib import Path

from ramos.builder.apt import SUITE, fetch_options, source_files
from ramos.builder.command import run

HOOKS = Path("/usr/share/mmdebstrap/hooks/merged-usr")
UNWANTED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info")


def unpack(packages: list[str], target: Path) -> None:
    """The packages and all they depend on, extracted into `target`.

    The variant `extract` configures nothing: the image keeps a few files of
    each package, so what the scripts would set up is not there to be set up.
    """
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    options = ['Apt::Install-Recommends "false"', *fetch_options()]
    run(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=extract",
        f"--include={','.join(packages)}",
        f"--hook-dir={HOOKS}",
        *(f"--aptopt={line}" for line in options),
        SUITE,
        partial,
        *source_files(),
    )
    for path in UNWANTED:
        shutil.rmtree(partial / path, ignore_errors=True)
    partial.rename(target)
