"""The life of an install: docs/lifecycle.md is what the table in code says."""

from __future__ import annotations

from rackwright.decide.lifecycle import TRIGGERS, Trigger
from setup.lifecycle_doc import page
from tests.rules.tree import ROOT


def test_every_trigger_is_explained() -> None:
    assert set(TRIGGERS) == set(Trigger)


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs/lifecycle.md").read_text() == page(), "run: .venv/bin/python -m setup.lifecycle_doc"
