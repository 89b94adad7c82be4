"""/machines and /discovered: the register, and who is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from rackwright import words
from rackwright.app import import_machines as importing
from rackwright.app.export_machines import export_machines
from rackwright.app.list_machines import MachineDetail, MachinePage, list_machines, show_machine
from rackwright.app.machine_view import MachineView, machine_view
from rackwright.app.set_machine import set_machine
from rackwright.app.spreadsheets import CSV, XLSX, read_sheet
from rackwright.decide.access import Act
from rackwright.decide.register_edit import Change
from rackwright.doors.api.deps import Asked, may
from rackwright.store import sightings
from rackwright.values.audit import Told
from rackwright.values.event import Values

router = APIRouter(tags=["machines"])
See = Annotated[Asked, may(Act.SEE_MACHINES)]
MOST_DISCOVERED = 1000
_NO_FILTER = ("after", "limit")


class Changes(BaseModel):
    """Fields by the names of the register's columns, with the texts that a cell would have."""

    model_config = ConfigDict(extra="forbid")
    set: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=4000)]] = Field(max_length=100)
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class Said(BaseModel):
    key: str
    text: str
    values: Values


class ImportRow(BaseModel):
    line: int
    hostname: str
    verdict: Literal["new", "changed", "unchanged", "error"]
    changes: list[Change]
    errors: list[Said]


class ImportReport(BaseModel):
    rows: list[ImportRow]
    written: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Discovered:
    """Times in UTC microseconds."""

    mac: str
    serial: str
    vendor: str
    model: str
    address: str
    first_at: int
    last_at: int


class AllDiscovered(BaseModel):
    discovered: list[Discovered]


async def whole_body(request: Request) -> bytes:
    """Bounded by BodyLimit. A handler names it after its Asked: who may not, is not read."""
    return await request.body()


@router.get("/machines")
def get_machines(
    asked: See,
    request: Request,
    after: Annotated[str, Query(max_length=255)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> MachinePage:
    """In hostname order. Any other parameter is a filter: a column's exact value, `state` of the latest
    install, or `label.KEY`."""
    filters = {name: value for name, value in request.query_params.items() if name not in _NO_FILTER}
    return asked.store.read(lambda tx: list_machines(tx, asked.site, filters, after, limit))


@router.get("/machines/export", response_class=Response)
def export(asked: See, format: Literal["csv", "xlsx"] = "csv") -> Response:  # noqa: A002, the parameter's name
    """The register as a file that imports back unchanged. BMC passwords are not in it."""
    content = asked.store.read(lambda tx: export_machines(tx, asked.site, format))
    headers = {"Content-Disposition": f'attachment; filename="machines.{format}"'}
    return Response(content, media_type=CSV if format == "csv" else XLSX, headers=headers)


@router.post(
    "/machines/import",
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {}, XLSX: {}}}},
)
def import_file(
    asked: Annotated[Asked, may(Act.IMPORT_MACHINES)],
    body: Annotated[bytes, Depends(whole_body)],
    dry_run: bool = False,
    skip_bad: bool = False,
) -> ImportReport:
    """A verdict for every row. Nothing is written when any row is wrong, unless `skip_bad`."""
    if dry_run:
        asked.is_written()  # it only looks
    sheet = read_sheet(body)
    report = importing.import_in_chunks(
        asked.store, asked.now(), asked.deps.vault, asked.site, sheet,
        actor=asked.actor, dry_run=dry_run, skip_bad=skip_bad, note=asked.put_down,
    )  # fmt: skip
    asked.is_written()
    return ImportReport(
        rows=[_row(row, asked.language) for row in report.rows], written=report.written, counts=report.counts
    )


@router.get("/machines/{name}")
def get_machine(asked: See, name: str) -> MachineDetail:
    """By hostname or serial."""
    return asked.store.read(lambda tx: show_machine(tx, asked.context, asked.language, name))


@router.patch("/machines/{name}")
def patch_machine(asked: Annotated[Asked, may(Act.SET_MACHINES)], name: str, changes: Changes) -> MachineView:
    """The same columns and checks as an import. What an install under way relies on needs a reason."""
    changed = asked.act(
        lambda tx: set_machine(
            tx, asked.now(), asked.deps.vault, asked.site, name, changes.set, asked.actor, changes.reason
        ),
        Told(name, changes.reason, details={"fields": ", ".join(sorted(changes.set))}),
    )
    return machine_view(changed)


@router.get("/discovered")
def list_discovered(asked: See) -> AllDiscovered:
    """Machines that booted on our networks and that the register does not know, the last seen first."""
    found = asked.store.read(lambda tx: sightings.all_discovered(tx, asked.site, MOST_DISCOVERED))
    return AllDiscovered(
        discovered=[
            Discovered(one.mac, one.serial, one.vendor, one.model, one.address, one.first_at, one.last_at)
            for one in found
        ]
    )


def _row(row: importing.RowReport, language: str) -> ImportRow:
    errors = [Said(key=e.key, text=words.say(language, e.key, e.values), values=e.values) for e in row.errors]
    return ImportRow(
        line=row.line, hostname=row.hostname, verdict=row.verdict.value, changes=list(row.changes), errors=errors
    )
