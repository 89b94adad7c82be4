"""Which machine of the register is asking."""

from __future__ import annotations

import pytest

from rackwright.decide.identify import Ambiguous, Identity, Known, Unknown, identify


@pytest.mark.parametrize(
    ("by_serial", "by_mac", "who"),
    [
        (None, "", Unknown()),
        ("a", "", Known("a")),
        (None, "a", Known("a")),
        ("a", "a", Known("a")),
        ("a", "b", Ambiguous(("a", "b"))),
        ("b", "a", Ambiguous(("a", "b"))),
        (None, "ab", Ambiguous(("a", "b"))),
        ("c", "ab", Ambiguous(("a", "b", "c"))),
        ("", "a", Known("a")),
    ],
    ids=str,
)
def test_everything_that_the_register_recognises_must_be_one_machine(
    by_serial: str | None, by_mac: str, who: Identity
) -> None:
    assert identify(by_serial, set(by_mac)) == who
