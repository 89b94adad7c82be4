"""The limits in force, and what of each is in use. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from rackwright.app.context import Context
from rackwright.decide.admit import Held
from rackwright.decide.limits import Key, Limits, defaults, effective
from rackwright.store import effects, limits, lines
from rackwright.store.store import Tx
from rackwright.values.limit import EVERY_RACK, Over, Resource, Scope, SetLimit


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit. `default` is None where there is none; `set_by` is empty and `set_at` 0 while the default holds.
    `in_use` counts what is out now, for `rack:*` in the fullest rack."""

    scope: str
    resource: str
    value: int
    default: int | None
    in_use: int
    set_by: str = ""
    set_at: int = 0


def limits_now(tx: Tx, context: Context) -> Limits:
    return effective(_defaults(context), limits.all_set(tx, context.site))


def list_limits(tx: Tx, now: int, context: Context) -> list[LimitLine]:
    """The site's first, then networks and racks by name."""
    given = _defaults(context)
    rows = {(row.scope, row.resource): row for row in limits.all_set(tx, context.site)}
    held, acting = lines.held(tx, context.site), effects.leased(tx, context.site, now)
    keys = sorted(
        {*given, *rows}, key=lambda key: (list(Over).index(key[0].over), list(Resource).index(key[1]), key[0].name)
    )
    return [_line(key, given.get(key), rows.get(key), _in_use(key, held, acting)) for key in keys]


def _line(key: Key, default: int | None, row: SetLimit | None, in_use: int) -> LimitLine:
    scope, resource = str(key[0]), key[1].value
    if row is not None:
        return LimitLine(scope, resource, row.value, default, in_use, row.set_by, row.set_at)
    assert default is not None
    return LimitLine(scope, resource, default, default, in_use)


def _in_use(key: Key, held: Held, acting: int) -> int:
    match key:
        case Scope(Over.NETWORK, name), _:
            return held.networks.get(name, 0)
        case Scope(Over.RACK) as scope, _ if scope == EVERY_RACK:
            return max((number for rack, number in held.racks.items() if rack), default=0)
        case Scope(Over.RACK, name), _:
            return held.racks.get(name, 0)
        case _, Resource.STARTS:
            return held.starts
        case _, Resource.WRITES:
            return held.writes
        case _:
            return acting


def _defaults(context: Context) -> dict[Key, int]:
    given = context.settings.limits
    networks = context.settings.networks()
    return defaults(networks, given.starts, given.writes, given.power_per_rack, given.bmc_actions)
