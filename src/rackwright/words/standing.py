"""Where an install stands in line, in words: `12th of 80, the site's limit of 55 is reached, about 6 min`."""

from __future__ import annotations

from rackwright.values.limit import Reached
from rackwright.values.standing import Standing
from rackwright.words import say


def standing_in_words(language: str, standing: Standing) -> str:
    parts = [say(language, "standing_place", {"place": ordinal(language, standing.place), "of": standing.of})]
    if standing.silent_s:
        parts.append(say(language, "standing_silent", {"span": span(language, standing.silent_s)}))
    elif standing.reached is None:
        parts.append(say(language, "standing_next", {}))
    else:
        parts.append(limit_in_words(language, standing.reached))
    if standing.estimate_s:
        parts.append(say(language, "standing_about", {"span": span(language, standing.estimate_s)}))
    return say(language, "standing_comma", {}).join(parts)


def limit_in_words(language: str, reached: Reached) -> str:
    """Which limit leaves no room, and its value."""
    kind = "limit_reached" if reached.value else "limit_zero"
    return say(language, f"{kind}_{reached.scope.over.value}", {"name": reached.scope.name, "value": reached.value})


def ordinal(language: str, number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teens = number % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return say(language, f"ordinal_{ending}", {"number": number})


def span(language: str, seconds: int) -> str:
    """About how long, in one unit: 90 s, 6 min, 3 h, 4 d."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return say(language, f"span_{unit}", {"count": round(seconds / length)})
    return say(language, "span_s", {"count": seconds})
