"""The audit's rows on each database: only ever added, read newest first, found by who, what, when and on what."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rackwright.app.audit import put_down, read_audit
from rackwright.decide.access import Act
from rackwright.store import audit
from rackwright.store.store import Store
from rackwright.values.audit import Audited, Told, Wanted
from tests.builders import SITE

MINUTE_US = 60_000_000


def done(
    store: Store, actor: str = "ann", act: Act = Act.SET_MACHINES, at: int = 1, site: str = SITE, **told: Any
) -> None:
    store.write(lambda tx: put_down(tx, at, site, actor, act, Told(**told)))


def found(store: Store, **wanted: Any) -> list[Audited]:
    return store.read(lambda tx: audit.read(tx, SITE, Wanted(**wanted)))


def targets(store: Store, **wanted: Any) -> list[str]:
    return [row.told.target for row in found(store, **wanted)]


@pytest.mark.parametrize(
    "attempt",
    ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "UPDATE audit SET reason = '' WHERE target = 'web01'"],
)
def test_a_row_is_neither_changed_nor_removed(store: Store, attempt: str) -> None:
    done(store, target="web01", reason="why")
    before = found(store)
    with pytest.raises(DBAPIError, match="only added to"):
        store.write(lambda tx: tx.execute(text(attempt)))
    assert found(store) == before


def test_not_all_at_once_either(postgresql_url: str) -> None:
    store = Store(postgresql_url)
    done(store, target="web01")
    with pytest.raises(DBAPIError, match="only added to"):
        store.write(lambda tx: tx.execute(text("TRUNCATE audit")))
    assert targets(store) == ["web01"]
    store.close()


def test_what_is_written_is_read(store: Store) -> None:
    details = {"armed": 2, "reinstall": False, "names": ["web01", "数据库"], "by": None, "share": 0.5}
    told = Told("web01", "disk replaced", "plan_changed", details)
    store.write(lambda tx: put_down(tx, 7, SITE, "ann", Act.ARM_INSTALLS, told))
    (row,) = found(store)
    assert (row.at, row.actor, row.act, row.told) == (7, "ann", "arm_installs", told)


def test_the_newest_are_first_and_a_page_goes_on_where_the_last_ended(store: Store) -> None:
    for number in range(7):
        done(store, target=f"web0{number}", at=number)
    first = found(store, limit=3)
    assert [row.told.target for row in first] == ["web06", "web05", "web04"]
    assert targets(store, limit=3, before=first[-1].id) == ["web03", "web02", "web01"]
    pages: list[str] = []
    before = ""
    while True:
        page = store.read(lambda tx, before=before: read_audit(tx, SITE, "en", Wanted(before=before, limit=2)))
        pages += [line.target for line in page.acts]
        before = page.next
        if not before:
            break
    assert pages == [f"web0{number}" for number in reversed(range(7))]


def test_who_what_and_when(store: Store) -> None:
    done(store, "ann", Act.SET_MACHINES, MINUTE_US, target="web01")
    done(store, "bob", Act.SET_MACHINES, 2 * MINUTE_US, target="web02")
    done(store, "bob", Act.ARM_INSTALLS, 3 * MINUTE_US, target="web02")
    done(store, "ann", site="another", target="web09")
    assert targets(store, actor="bob") == ["web02", "web02"]
    assert targets(store, act="set_machines") == ["web02", "web01"]
    assert targets(store, actor="bob", act="set_machines", target="web02") == ["web02"]
    assert targets(store, since=2 * MINUTE_US) == ["web02", "web02"]
    assert targets(store, until=2 * MINUTE_US) == ["web01"]
    assert targets(store, since=2 * MINUTE_US, until=3 * MINUTE_US) == ["web02"]


def test_a_machine_is_found_among_the_names_of_an_act_on_many(store: Store) -> None:
    done(store, details={"machines": 2, "names": ["web01", 'we"b\\02']})
    done(store, target="web1")
    assert len(found(store, target="web01")) == 1
    assert len(found(store, target='we"b\\02')) == 1
    for other in ("web0", "eb01", "%", "web0_", "web01,", '"', "names"):
        assert found(store, target=other) == [], other


def test_a_row_is_bounded_however_much_it_is_told(store: Store) -> None:
    much = {f"key{n}": "x" * 100_000 for n in range(1000)}
    done(
        store,
        target="t" * 100_000,
        reason="r" * 100_000,
        outcome="o" * 100_000,
        details={"names": ["n"] * 10_000, **much},
    )
    (row,) = found(store)
    assert (len(row.told.target), len(row.told.reason), len(row.told.outcome)) == (1000, 1000, 1000)
    assert len(str(row.told.details)) < 25_000
    names = row.told.details["names"]
    assert isinstance(names, list)
    assert len(names) == 50
