"""boot.cfg is the one file that image and agent share: both must mean the same variables by it."""

from __future__ import annotations

import re
from pathlib import Path

from rackwright_agent.plan.system_texts import grub_values

GRUB = Path(__file__).parents[2] / "images" / "grub"


def variables_set_by(text: str) -> set[str]:
    return set(re.findall(r"^set (\w+)=\"[^\"]*\"$", text, re.MULTILINE))


def test_the_agent_writes_exactly_the_variables_that_an_image_is_built_with() -> None:
    written = variables_set_by(grub_values("0-0", "console=ttyS1,115200n8", 1, 115200))
    assert written == variables_set_by((GRUB / "boot.cfg.in").read_text())


def test_grub_uses_every_variable_of_boot_cfg() -> None:
    used = set(re.findall(r"\$(\w+)", (GRUB / "grub.cfg").read_text()))
    assert variables_set_by((GRUB / "boot.cfg.in").read_text()) <= used


def test_grub_cfg_names_no_file_system_itself() -> None:
    text = (GRUB / "grub.cfg").read_text()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)
    assert "--label" not in text
