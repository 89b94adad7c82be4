"""What `decide.why` told, as one paragraph: a sentence for what it waits for, what was seen, what is next, what is likely."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rackwright.app.install_view import next_steps
from rackwright.decide.picture import Picture, Seen
from rackwright.decide.why import Told, Why
from rackwright.values.event import Scalar, Values
from rackwright.values.install import Install
from rackwright.values.reported import one_line
from rackwright.words import say, texts, why, with_error
from rackwright.words.standing import standing_in_words
from rackwright.words.steps import step

LONGEST = 600  # of one value: a cause is a sentence or two
EARLIER = 2  # sightings before the newest that are told as well
US = 1_000_000
_SPANS = (("d", 86400), ("h", 3600), ("min", 60))
_SIZES = ("KiB", "MiB", "GiB", "TiB")


def paragraph(language: str, picture: Picture, told: Why) -> str:
    gap = say(language, "why_gap", {})
    parts = [
        _waits(language, picture, told),
        *(_sentence(language, kind, one, picture.now) for kind, one in _notes(told)),
        seen_text(language, picture, told),
        *(_sentence(language, "next", one, picture.now) for one in told.next),
        likely_text(language, told),
    ]
    return gap.join(part for part in parts if part)


def _notes(told: Why) -> list[tuple[str, Told]]:
    return [(kind, one) for kind, one in (("trouble", told.trouble), ("protected", told.protected)) if one]


def _waits(language: str, picture: Picture, told: Why) -> str:
    install = picture.install
    values: dict[str, Scalar] = {
        **told.waits.values, "hostname": picture.machine.hostname, "since_at": told.since,
        "cause": _cause(language, install) if install and install.cause else "",
        "standing": standing_in_words(language, picture.line) if picture.line else "",
    }  # fmt: skip
    if "step" in values:
        values["step"] = step(language, str(values["step"]))
    said = _sentence(language, "waits", Told(told.waits.key, values), picture.now)
    before = install is not None and install.live and install.cause and told.waits.key != "held"
    return said + (say(language, "why_gap", {}) + say(language, "why_before", values) if before else "")


def seen_text(language: str, picture: Picture, told: Why) -> str:
    """The newest first; what came before the power-on proves nothing of it and is told as such."""
    if not told.seen:
        return say(language, "why_seen_never", {})
    fresh = [one for one in told.seen if one.at >= told.seen_from]
    newest = fresh or told.seen[:1]
    values = _readable(language, picture.now, {"from_at": told.seen_from}) | {
        "what": sighting(language, newest[0], picture.now),
        "earlier": say(language, "why_comma", {}).join(
            sighting(language, one, picture.now) for one in newest[1 : 1 + EARLIER]
        ),
    }
    if not fresh:
        return say(language, "why_seen_before_power_on", values)
    return say(language, "why_seen_and_earlier" if newest[1:] else "why_seen", values)


def sighting(language: str, seen: Seen, now: int) -> str:
    values = {**seen.values, "ago": span(language, now - seen.at)}
    key = f"why_saw_{seen.kind}"
    if seen.kind == "progress" and not seen.values.get("total_bytes"):
        key = f"{key}_unsure"
    return say(language, key, _readable(language, now, values))


def likely_text(language: str, told: Why) -> str:
    causes = [say(language, f"why_likely_{one.key}", _bounded(with_error(language, one.values))) for one in told.likely]
    if not causes:
        return ""
    return say(language, "why_likely", {"causes": say(language, "why_or", {}).join(c.rstrip(" .。") for c in causes)})


def commands(language: str, picture: Picture, do: Sequence[str]) -> str:
    """Lines, each a command or words that end with a colon, as an install's `next` has them."""
    hostname = shlex.quote(picture.machine.hostname)
    lines: list[str] = []
    for one in do:
        if one != "next_steps":
            found = say(language, f"why_do_{one}", {"hostname": hostname}).splitlines()
            lines += [] if set(found[1:]) <= set(lines) else found  # not what its cause has named already
        elif picture.install:
            lines += next_steps(language, picture.install, picture.machine).splitlines()
    return "\n".join(lines)


def _sentence(language: str, kind: str, told: Told, now: int) -> str:
    key = f"why_{kind}_{told.key}"
    unsure = any(told.values.get(name, 1) == 0 for name in ("since_at", "done_at", "next_at"))
    if unsure and f"{key}_unsure" in texts(language):
        key = f"{key}_unsure"
    return say(language, key, _readable(language, now, told.values))


def _readable(language: str, now: int, values: Values) -> dict[str, Scalar]:
    """Times, sizes and spans by the ends of their names, for people; everything else bounded to a line."""
    return {name: _value(language, now, name, value) for name, value in _bounded(values).items()}


def _value(language: str, now: int, name: str, value: Scalar) -> Scalar:
    if isinstance(value, (int, float)):
        if name.endswith("_at"):
            return moment(language, int(value), now)
        if name.endswith("_bytes"):
            return size(int(value))
        if name.endswith("_s"):
            return span(language, int(value) * US)
    return value


def _bounded(values: Mapping[str, object]) -> dict[str, Scalar]:
    return {
        name: value if isinstance(value, (int, float)) else one_line(str(value), LONGEST)
        for name, value in values.items()
    }


def _cause(language: str, install: Install) -> str:
    """With its full stop: it may end in what a person or a machine said. What was last seen has its own sentence."""
    said = why(language, {name: value for name, value in install.cause.items() if name != "seen"}).strip()
    return said if said.endswith((".", "?", "!", "。", "？", "！")) else said + say(language, "why_end", {})


def moment(language: str, at: int, now: int) -> str:
    """14:03 UTC (4 min ago), with its date when that is not today's."""
    then, today = (datetime.fromtimestamp(us / US, UTC) for us in (at, now))
    time = then.strftime("%H:%M" if then.date() == today.date() else "%Y-%m-%d %H:%M")
    if at <= now:
        return say(language, "why_moment_past", {"time": time, "span": span(language, now - at)})
    return say(language, "why_moment_ahead", {"time": time, "span": span(language, _rounded(at - now))})


def _rounded(us: int) -> int:
    """To the nearest of its unit: three days less a moment are not two."""
    for _, length in _SPANS:
        if us >= (length - length // 60) * US:
            return (us + length * US // 2) // (length * US) * length * US
    return us


def span(language: str, us: int) -> str:
    seconds = max(0, us // US)
    for unit, length in _SPANS:
        if seconds >= length:
            return say(language, f"why_span_{unit}", {"count": seconds // length})
    return say(language, "why_span_s", {"count": seconds})


def size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    amount = float(count)
    for unit in _SIZES:
        amount /= 1024
        if amount < 1024 or unit == _SIZES[-1]:
            return f"{amount:.1f} {unit}"
    raise AssertionError
