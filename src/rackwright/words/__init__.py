"""Keys and values put into sentences, when they are read. A sentence is never stored and never an error."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

LANGUAGES = ("en", "zh")


def language_of(environment: Mapping[str, str]) -> str:
    """RACKWRIGHT_LANG before LANG; anything that is not Chinese reads English."""
    given = environment.get("RACKWRIGHT_LANG") or environment.get("LANG", "")
    return "zh" if given.lower().startswith("zh") else "en"


def say(language: str, key: str, values: Mapping[str, object]) -> str:
    """The sentence of a key; where there is none, the key with its values, so that nothing is hidden."""
    template = texts(language).get(key)
    if template is not None:
        try:
            said = template.format_map(values)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            pass
        else:
            # A sentence that ends in a reason which nobody gave.
            return said.rstrip() if template.endswith("}") else said
    details = ", ".join(f"{name}={value}" for name, value in values.items())
    return f"{key}: {details}" if details else key


def with_error(language: str, values: Mapping[str, object]) -> Mapping[str, object]:
    """The values of an event or a cause, with the sentence of the error that they carry, as `error`."""
    key = values.get("error_key")
    return {**values, "error": say(language, str(key), values)} if key else values


def why(language: str, cause: Mapping[str, object]) -> str:
    """An install's cause in words, with what was last seen of the machine where that is known."""
    said = say(language, f"cause_{cause['key']}", with_error(language, cause))
    seen = cause.get("seen")
    return f"{said}. {say(language, f'seen_{seen}', cause)}" if seen else said


def texts(language: str) -> Mapping[str, str]:
    """All templates of a language; an unknown language is read as English."""
    return _merged(language if language in LANGUAGES else "en")


def sources() -> Mapping[str, tuple[dict[str, str], dict[str, str]]]:
    """Each module of texts with its English and its Chinese dictionary."""
    found: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for entry in pkgutil.iter_modules(__path__):
        if entry.name.startswith("texts_"):
            module = importlib.import_module(f"{__name__}.{entry.name}")
            found[entry.name] = (module.EN, module.ZH)
    return found


@cache
def _merged(language: str) -> dict[str, str]:
    return {key: text for pair in sources().values() for key, text in pair[LANGUAGES.index(language)].items()}
