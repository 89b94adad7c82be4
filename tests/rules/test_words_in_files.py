"""What may stand in no file: hosts that only one place of building has, its paths, and work left for later."""

from __future__ import annotations

import re

import pytest

from tests.rules.tree import text_of, tracked

# Put together from halves, so that this file has none of them itself.
_REGISTRIES = (
    ("pypi", ".org"), ("pythonhosted", ".org"), ("deb.debian", ".org"), ("security.debian", ".org"),
    ("snapshot.debian", ".org"), ("registry.npm", "js"), ("npmjs", ".com"), ("npmjs", ".org"),
    ("proxy.gol", "ang.org"), ("crates", ".io"),
)  # fmt: skip
FORBIDDEN = {
    "the host of a package registry: mirrors are the machine's own configuration": "|".join(
        re.escape("".join(halves)) for halves in _REGISTRIES
    ),
    "a path of one machine": r"(?<![\w.\-/*}\"])/(wo" + "rk|home/\\w+)/",
    "work left for later": r"\b(TO" + r"DO|FIX" + r"ME|X{3})\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_has(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in tracked()
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
