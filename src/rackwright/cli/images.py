"""`rackwright images`: system images, known by the sha256 of their file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli.session import ERROR, Json, asking, print_raw

app = typer.Typer(no_args_is_help=True)
PIECE = 1 << 20


@app.command("add")
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A raw disk image, compressed with zstd or not.")],
    name: Annotated[str, typer.Option(help="What the register's OS column says; by default the file's name.")] = "",
    raw_bytes: Annotated[int, typer.Option(help="Unpacked size, when the zstd file does not tell.")] = 0,
    sector_bytes: Annotated[int, typer.Option(help="Sector size the image was made for.")] = 512,
    as_json: Json = False,
) -> None:
    """Send an image to the server, checked by its digest on arrival."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.client import quoted
        from rackwright.cli.shapes import Image

        try:
            sha256, zstd = _digest(file)
        except OSError as error:
            session.fail(session.say("cli_file_unreadable", path=file, error=error.strerror), ERROR)
        name = name or file.name.removesuffix(".zst").removesuffix(".img").removesuffix(".raw")
        query: dict[str, str | int] = {
            "sha256": sha256,
            "compression": "zstd" if zstd else "none",
            "sector_bytes": sector_bytes,
        }
        if raw_bytes:
            query["raw_bytes"] = raw_bytes
        answer = session.client().send(
            "PUT", f"/images/{quoted(name)}", _pieces(file), "application/octet-stream", query
        )
        if as_json:
            print_raw(answer.raw)
            return
        image = answer.as_(Image)
        print(session.say("cli_image_added", name=image.name, sha256=image.sha256, raw=show.size(image.raw_bytes)))


@app.command("list")
def list_images(context: typer.Context, as_json: Json = False) -> None:
    """All images; the newest of a name is the one that is installed."""
    with asking(context) as session:
        from rackwright.cli import show
        from rackwright.cli.shapes import Images

        answer = session.client().get("/images")
        if as_json:
            print_raw(answer.raw)
            return
        rows = [
            (i.name, i.sha256[:12], show.size(i.size_bytes), show.size(i.raw_bytes), f"{i.sector_bytes} B",
             show.moment(i.added_at))
            for i in answer.as_(Images).images
        ]  # fmt: skip
        show.table(session, ("name", "sha256", "size", "raw", "sector", "added"), rows, none="cli_images_none")


def _digest(file: Path) -> tuple[str, bool]:
    """The file's sha256, and whether it begins like a zstd file."""
    digest = hashlib.sha256()
    head = b""
    for piece in _pieces(file):
        head = head or piece[:4]
        digest.update(piece)
    zstd = head == b"\x28\xb5\x2f\xfd" or (head[1:] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50)
    return digest.hexdigest(), zstd


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece
