"""Words: every key in both languages with the same values; a missing one is no error."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest

from rackwright import words


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("module", sorted(words.sources()))
def test_every_key_is_said_in_both_languages_with_the_same_values(module: str) -> None:
    english, chinese = words.sources()[module]
    assert set(english) == set(chinese)
    different = [key for key in english if _placeholders(english[key]) != _placeholders(chinese[key])]
    assert not different


def test_no_key_is_said_by_two_modules() -> None:
    seen = Counter(key for english, _ in words.sources().values() for key in english)
    assert [key for key, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_templates_take_only_plain_names(language: str) -> None:
    """`{x.y}` or `{x[y]}` would reach into a value that a machine reported."""
    strange = [
        key for key, text in words.texts(language).items() if any(not n.isidentifier() for n in _placeholders(text))
    ]
    assert strange == []


def test_a_missing_key_shows_the_key_and_its_values() -> None:
    assert words.say("en", "no_such_key", {"a": 1, "b": "x"}) == "no_such_key: a=1, b=x"
    assert words.say("zh", "no_such_key", {}) == "no_such_key"


def test_a_missing_value_shows_the_key_and_what_there_is() -> None:
    assert words.say("en", "route_unknown", {"other": 1}) == "route_unknown: other=1"


def test_what_a_machine_reports_is_never_a_template() -> None:
    assert "{0.__class__} {path}" in words.say("en", "route_unknown", {"path": "{0.__class__} {path}"})


def test_an_unknown_language_reads_english() -> None:
    assert words.say("fr", "image_empty", {}) == words.say("en", "image_empty", {})
    assert words.say("zh", "image_empty", {}) != words.say("en", "image_empty", {})


def test_every_error_that_is_raised_has_its_words() -> None:
    raised = re.compile(r"\b(?:OperatorMustFix|NotFound|Forbidden|Transient|Unauthorized|MachineFailed)\(\s*\"(\w+)\"")
    source = Path(words.__file__).parent.parent
    keys = {key for path in source.rglob("*.py") for key in raised.findall(path.read_text())}
    assert sorted(keys - set(words.texts("en"))) == []


def test_every_text_that_the_command_line_asks_for_is_there() -> None:
    asked = re.compile(r"\"(cli_\w+)\"|say\(\s*\"(\w+)\"")
    source = Path(words.__file__).parent.parent / "cli"
    found = {key for path in source.glob("*.py") for pair in asked.findall(path.read_text()) for key in pair if key}
    assert sorted(key for key in found - set(words.texts("en")) if not key.endswith("_")) == []
