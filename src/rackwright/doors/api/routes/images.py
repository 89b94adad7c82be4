"""/images: system images. An upload is kept whole and checked, or not at all."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from rackwright.app import add_image
from rackwright.decide.access import Act
from rackwright.doors.api.deps import Asked, Upload, may
from rackwright.values.audit import Told
from rackwright.values.errors import OperatorMustFix
from rackwright.values.image import Image

router = APIRouter(tags=["images"])
PIECE = 4 << 20  # bytes gathered before a thread is asked to write them
SPARE_BYTES = 64 << 20  # left free for the database and the logs
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Images(BaseModel):
    images: list[Image]


@router.get("/images")
def list_images(asked: Annotated[Asked, may(Act.SEE_IMAGES)]) -> Images:
    return Images(images=asked.store.read(add_image.list_images))


@router.put(
    "/images/{name}",
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
)
async def put_image(
    asked: Annotated[Asked, may(Act.ADD_IMAGES)],
    request: Request,
    name: str,
    sha256: Annotated[str, Query(description="Of the file as sent; another digest is refused.")] = "",
    raw_bytes: Annotated[int | None, Query(ge=1, description="Unpacked size, if the file does not tell.")] = None,
    sector_bytes: int = 512,
    compression: str = "zstd",
) -> Image:
    """Streams the body to the image store. It is async because it reads the body as it comes."""
    add_image.check_image(name, compression, sector_bytes)
    sha256 = sha256.lower()
    if sha256 and not _DIGEST.fullmatch(sha256):
        raise OperatorMustFix("image_digest_wrong", sha256=sha256)
    await run_in_threadpool(_check_room, asked, request.headers.get("content-length", ""))
    upload = await run_in_threadpool(asked.deps.images.receive)
    try:
        await _receive(request, upload)
        return await run_in_threadpool(_keep, asked, upload, name, sha256, raw_bytes, sector_bytes, compression)
    finally:
        await run_in_threadpool(upload.discard)


def _check_room(asked: Asked, announced: str) -> None:
    free = asked.deps.images.free_bytes() - SPARE_BYTES
    needed = int(announced) if announced.isdigit() else 0
    if needed > free:
        raise OperatorMustFix("image_no_room", needed_bytes=needed, free_bytes=max(0, free))


async def _receive(request: Request, upload: Upload) -> None:
    """Hashing and writing leave the event loop free for the others."""
    gathered = bytearray()
    try:
        async for piece in request.stream():
            gathered += piece
            if len(gathered) >= PIECE:
                await run_in_threadpool(upload.write, bytes(gathered))
                gathered.clear()
    except ClientDisconnect as error:
        raise OperatorMustFix("image_broke_off") from error
    await run_in_threadpool(upload.write, bytes(gathered))


def _keep(
    asked: Asked, upload: Upload, name: str, sha256: str, raw_bytes: int | None, sector_bytes: int, compression: str
) -> Image:
    """The file is in its place before its row: a row never names a file that is not there."""
    got = upload.check(sha256, compression)
    raw = add_image.check_raw_bytes(raw_bytes, got.raw_bytes, sector_bytes)
    image = Image(got.sha256, name, compression, got.size_bytes, raw, sector_bytes, asked.now())
    asked.store.read(lambda tx: add_image.check_name(tx, image))
    upload.keep()
    told = Told(name, details={"sha256": image.sha256, "size_bytes": image.size_bytes})
    return asked.act(lambda tx: add_image.add_image(tx, image), told)
