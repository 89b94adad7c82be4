"""The rows of system images. The files are the image store's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from rackwright.store import schema
from rackwright.store.store import Tx
from rackwright.values.image import Image

i = schema.image


def put(tx: Tx, image: Image) -> None:
    """Writes the row of a digest, over an older one of the same digest."""
    tx.execute(delete(i).where(i.c.sha256 == image.sha256))
    tx.execute(
        insert(i).values(
            sha256=image.sha256, name=image.name, compression=image.compression, size_bytes=image.size_bytes,
            raw_bytes=image.raw_bytes, sector_bytes=image.sector_bytes, added_at=image.added_at,
        )
    )  # fmt: skip


def get(tx: Tx, sha256: str) -> Image | None:
    row = tx.execute(select(i).where(i.c.sha256 == sha256)).first()
    return _image(row) if row else None


def newest_of_name(tx: Tx, name: str) -> Image | None:
    """What an OS of the register means when it is armed now."""
    row = tx.execute(select(i).where(i.c.name == name).order_by(i.c.added_at.desc(), i.c.sha256).limit(1)).first()
    return _image(row) if row else None


def everyone(tx: Tx) -> list[Image]:
    """By name, the newest of each first."""
    rows = tx.execute(select(i).order_by(i.c.name, i.c.added_at.desc(), i.c.sha256))
    return [_image(row) for row in rows]


def count(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(i)).scalar_one()


def _image(row: Row[Any]) -> Image:
    return Image(row.sha256, row.name, row.compression, row.size_bytes, row.raw_bytes, row.sector_bytes, row.added_at)
