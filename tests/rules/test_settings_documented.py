"""Settings: every one has a description, and docs/settings.md is what the table in code says."""

from __future__ import annotations

from rackwright.settings import Settings
from setup.settings_doc import page, rows
from tests.rules.tree import ROOT


def test_every_setting_has_a_description() -> None:
    assert [row.name for row in rows(Settings) if not row.help.strip()] == []


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs/settings.md").read_text() == page(), "run: .venv/bin/python -m setup.settings_doc"
