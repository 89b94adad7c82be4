"""`rackwright holds`: what waits for a person, by question; and one answer for many machines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli.session import ERROR, OK, SOME_FAILED, Json, Session, asking, print_raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rackwright.cli.shapes import HeldMachine, HoldGroup

app = typer.Typer(invoke_without_command=True)
ASK_ABOVE = 1  # data of more than one machine goes at a word: whoever says it has read how many
NAMES_SHOWN = 6
Id = Annotated[str, typer.Argument(help="As `rackwright holds` shows it.")]


@app.callback()
def list_holds(context: typer.Context, as_json: Json = False) -> None:
    """What is held and why, the same questions together. Exit code 0 also when there is nothing."""
    if context.invoked_subcommand:
        return
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import Holds

        answer = session.client().get("/holds")
        if as_json:
            print_raw(answer.raw)
            return
        groups = answer.as_(Holds).holds
        now = time.time()
        rows = [(g.id, str(len(g.machines)), show.age(now - g.since / 1e6), _names(g), g.text) for g in groups]
        show.table(session, ("hold", "machines", "since", "hostname", "text"), rows, none="cli_holds_none")
        for group in groups if show.on_terminal() else ():
            print(f"\n{show.clean(group.id)}\n  {_next(session, group)}")


@app.command("show")
def show_hold(context: typer.Context, id_: Id, as_json: Json = False) -> None:
    """Every machine of one hold, with the disk it is about."""
    with asking(context) as session:
        import msgspec

        from rackwright.cli import show

        group = _one(session, id_)
        if as_json:
            print_raw(msgspec.json.encode(group))
            return
        print(show.clean(group.text))
        rows = [(m.hostname, m.serial, m.rack, m.disk, show.moment(m.since)) for m in group.machines]
        show.table(session, ("hostname", "serial", "rack", "disk", "since"), rows)
        if show.on_terminal():
            print(f"\n{_next(session, group)}")


@app.command("approve")
def approve(
    context: typer.Context,
    id_: Id,
    reason: Annotated[str, typer.Option(help="Why what these disks hold may go; for the timelines.")],
    only: Annotated[list[str] | None, typer.Option(help="Only these machines of the hold; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many.")] = False,
    as_json: Json = False,
) -> None:
    """Let machines go on whose disks hold this. Who is held with it later is not among them."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import ApprovedAll

        group = _one(session, id_)
        if not group.approvable:
            session.fail(session.say("cli_holds_one_by_one", id=group.id))
        chosen = _chosen(session, group, only or [])
        if len(chosen) > ASK_ABOVE and not yes:
            _ask_number(session, len(chosen))
        body = {
            "fingerprint": group.fingerprint, "reason": reason,
            "machines": [{"name": m.hostname, "disk": m.disk} for m in chosen],
        }  # fmt: skip
        answer = session.client().post("/holds/approve", body)
        done = answer.as_(ApprovedAll)
        if as_json:
            print_raw(answer.raw)
        else:
            for line in done.lines:
                if line.key:
                    print(show.clean(line.text))
            print(session.say("cli_holds_approved", approved=done.approved, refused=done.refused))
        raise typer.Exit(OK if not done.refused else SOME_FAILED)


def _one(session: Session, id_: str) -> HoldGroup:
    from rackwright.cli.shapes import Holds

    found = [group for group in session.client().get("/holds").as_(Holds).holds if group.id == id_]
    if not found:
        session.fail(session.say("cli_holds_unknown", id=id_), ERROR)
    return found[0]


def _chosen(session: Session, group: HoldGroup, only: Sequence[str]) -> list[HeldMachine]:
    """All of them, or those that are named by hostname or serial."""
    by_name = {name: machine for machine in group.machines for name in (machine.serial, machine.hostname) if name}
    if unknown := [name for name in only if name not in by_name]:
        session.fail(session.say("cli_holds_not_among", names=", ".join(unknown), id=group.id), ERROR)
    return [by_name[name] for name in dict.fromkeys(only)] if only else group.machines


def _names(group: HoldGroup) -> str:
    names = [machine.hostname for machine in group.machines]
    more = f" … +{len(names) - NAMES_SHOWN}" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _next(session: Session, group: HoldGroup) -> str:
    """One command for all where that can be; else what is to be done for the first of them."""
    from rackwright.cli import show

    if group.approvable:
        return session.say("cli_holds_approve", id=group.id)
    return show.steps(group.next, "  ").strip()


def _ask_number(session: Session, count: int) -> None:
    session.note(session.say("cli_holds_type_number", count=count))
    typed = sys.stdin.readline().strip()
    if typed != str(count):
        session.fail(session.say("cli_holds_number_differs", typed=typed, count=count), ERROR)
