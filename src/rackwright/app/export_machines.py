"""The register as a spreadsheet that imports back unchanged. BMC passwords never leave: their column is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rackwright.app.spreadsheets import write_csv, write_xlsx
from rackwright.decide.register_fields import FIELDS, PASSWORD
from rackwright.store import machines
from rackwright.store.store import Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.machine import Machine

_EXPORTED = tuple(field for field in FIELDS if field.name != PASSWORD)


def export_machines(tx: Tx, site: str, file_format: str) -> bytes:
    """`file_format` is csv or xlsx."""
    rows = export_rows(machines.everyone(tx, site))
    match file_format:
        case "csv":
            return write_csv(rows)
        case "xlsx":
            return write_xlsx(rows)
        case _:
            raise OperatorMustFix("export_format_unknown", given=file_format[:20], known="csv, xlsx")


def export_rows(register: Iterable[Machine]) -> Iterator[list[str]]:
    """The headers, then a row for each machine."""
    yield [field.name for field in _EXPORTED]
    for machine in register:
        yield [field.show(machine) for field in _EXPORTED]
