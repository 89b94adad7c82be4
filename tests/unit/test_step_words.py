"""The agent's steps are words to a person, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import rackwright_agent
from rackwright.words.steps import step


def test_every_step_of_the_agent_has_its_words() -> None:
    source = (Path(str(rackwright_agent.__file__)).parent / "run/install.py").read_text()
    steps = re.findall(r"_step\(job, \"(\w+)\"", source)
    assert len(steps) >= 8
    for language in ("en", "zh"):
        assert [name for name in steps if step(language, name) == name] == []


def test_a_step_of_a_newer_agent_keeps_its_name() -> None:
    assert step("en", "burn_in") == "burn_in"
