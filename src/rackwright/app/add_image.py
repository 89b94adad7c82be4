"""Request: record a system image whose file is already in the image store."""

from __future__ import annotations

import re

from rackwright.store import images
from rackwright.store.store import Tx
from rackwright.values.errors import OperatorMustFix
from rackwright.values.image import Image

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
COMPRESSIONS = ("zstd", "none")
SECTOR_BYTES = (512, 4096)


def check_image(name: str, compression: str, sector_bytes: int) -> None:
    """What can be refused before a single byte is sent."""
    if not _NAME.fullmatch(name):
        raise OperatorMustFix("image_name_wrong", name=name)
    if compression not in COMPRESSIONS:
        raise OperatorMustFix("image_compression_wrong", compression=compression)
    if sector_bytes not in SECTOR_BYTES:
        raise OperatorMustFix("image_sector_wrong", sector_bytes=sector_bytes)


def check_raw_bytes(given: int | None, told: int | None, sector_bytes: int) -> int:
    """The unpacked size: what the file tells, or what the operator gave; they must not differ."""
    raw = told if told is not None else given
    if raw is None or raw <= 0:
        raise OperatorMustFix("image_size_unknown")
    if given is not None and given != raw:
        raise OperatorMustFix("image_size_differs", given=given, told=raw)
    if raw % sector_bytes:
        raise OperatorMustFix("image_not_whole_sectors", raw_bytes=raw, sector_bytes=sector_bytes)
    return raw


def check_name(tx: Tx, image: Image) -> None:
    """A file has one name: installs and the register's OS column would not agree on two."""
    known = images.get(tx, image.sha256)
    if known and known.name != image.name:
        raise OperatorMustFix("image_known_as", name=known.name, sha256=image.sha256)


def add_image(tx: Tx, image: Image) -> Image:
    """Adding the same file again makes it its name's newest, and is no error."""
    check_name(tx, image)
    images.put(tx, image)
    return image


def list_images(tx: Tx) -> list[Image]:
    return images.everyone(tx)
