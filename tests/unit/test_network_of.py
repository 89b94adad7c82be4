"""Which installation network an install takes its addresses from."""

from __future__ import annotations

import pytest

from rackwright.decide.network_of import network_of
from rackwright.values.network import Network

A = Network("a", "eth1", "10.0.0.1", 24, "10.0.0.100", "10.0.0.200")
B = Network("b", "eth2", "10.0.1.1", 24, "", "")


@pytest.mark.parametrize(
    ("booted_from", "addresses", "name"),
    [
        ("10.0.1.77", ["10.0.0.5/24"], "b"),  # what was seen goes before what is written down
        ("", ["10.0.0.5/24", "192.0.2.1/24"], "a"),
        ("", ["10.0.0.5/24", "10.0.1.5/24"], ""),
        ("192.0.2.1", [], ""),
        ("rubbish", ["rubbish"], ""),
        ("", [], ""),
    ],
)
def test_of_several(booted_from: str, addresses: list[str], name: str) -> None:
    assert network_of([A, B], booted_from, addresses) == name


def test_the_only_one_it_is() -> None:
    assert network_of([A], "192.0.2.1", []) == "a"
    assert network_of([], "10.0.0.5", []) == ""
