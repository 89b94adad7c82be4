"""Sets a limit over its default, or takes it back. It holds from the reconciler's next look."""

from __future__ import annotations

from rackwright.app.context import Context
from rackwright.app.limits import LimitLine, list_limits
from rackwright.decide.limits import check_value, parse_limit
from rackwright.store import limits, machines, ticks
from rackwright.store.store import Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.limit import EVERY, Over, Scope, SetLimit


def set_limit(tx: Tx, now: int, context: Context, scope: str, resource: str, value: int, actor: str) -> LimitLine:
    """The limit as it is then. Raises OperatorMustFix for what cannot be limited, or a network or a rack that is not
    there: a name that was mistyped would limit nothing, and nobody would notice."""
    over, what = parse_limit(scope, resource)
    check_value(value)
    _must_exist(tx, context, over)
    ticks.last(tx, context.site)
    limits.put(tx, context.site, SetLimit(over, what, value, actor, now))
    line = _found(tx, now, context, scope, resource)
    assert line is not None
    return line


def reset_limit(tx: Tx, now: int, context: Context, scope: str, resource: str) -> LimitLine | None:
    """The limit as it is then, None where there is no default either. Resetting twice is no error."""
    over, what = parse_limit(scope, resource)
    ticks.last(tx, context.site)
    limits.remove(tx, context.site, over, what)
    return _found(tx, now, context, scope, resource)


def _found(tx: Tx, now: int, context: Context, scope: str, resource: str) -> LimitLine | None:
    every = list_limits(tx, now, context)
    return next((line for line in every if (line.scope, line.resource) == (scope, resource)), None)


def _must_exist(tx: Tx, context: Context, scope: Scope) -> None:
    match scope.over:
        case Over.NETWORK:
            known = [network.name for network in context.settings.networks()]
            if scope.name not in known:
                raise OperatorMustFix("limit_network_unknown", name=scope.name, known=", ".join(known) or "-")
        case Over.RACK if scope.name != EVERY and not machines.in_rack(tx, context.site, scope.name):
            raise OperatorMustFix("limit_rack_unknown", name=scope.name)
        case _:
            pass
