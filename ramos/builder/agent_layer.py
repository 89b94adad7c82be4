"""The layer that changes often: the init scripts, the agent and its byte code."""

import importlib.util
import py_compile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ramos.builder import cpio
from ramos.builder.places import Places
from ramos.builder.problem import BuildProblem
from ramos.builder.python_library import LIBRARY

# `init` copies what is below this directory over the mounted image.
LAYER = "layer"
# Byte code of Python 3.11, the image's own. Other byte code would be ignored.
_MAGIC_311 = (3495).to_bytes(2, "little") + b"\r\n"


def write(places: Places, target: Path) -> None:
    """One uncompressed cpio: it is small, and unpacking it must cost nothing."""
    entries = [cpio.file("init", places.ramos / "init", executable=True)]
    entries += cpio.entries_below(places.ramos / "overlay", LAYER)
    with tempfile.TemporaryDirectory() as scratch:
        for source in places.agent_sources:
            if not (source / "__init__.py").exists():
                raise BuildProblem(f"{source} is missing: the agent is part of the image")
            entries += _package(source, Path(scratch))
        with target.open("wb") as out:
            cpio.write(entries, out)


def _package(source: Path, scratch: Path) -> Iterator[cpio.Entry]:
    root = f"{LAYER}/{LIBRARY}/{source.name}"
    yield cpio.directory(root)
    for entry in cpio.entries_below(source, root):
        yield entry
        if entry.name.endswith(".py") and importlib.util.MAGIC_NUMBER == _MAGIC_311:
            yield _byte_code(entry, scratch)


def _byte_code(entry: cpio.Entry, scratch: Path) -> cpio.Entry:
    """Compiled with the path it has in the image, so that tracebacks show its lines."""
    if not isinstance(entry.content, Path):
        raise TypeError(entry.name)
    name = Path(entry.name)
    compiled = scratch / "code.pyc"
    try:
        py_compile.compile(
            str(entry.content),
            cfile=str(compiled),
            dfile=f"/{entry.name.removeprefix(LAYER + '/')}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except py_compile.PyCompileError as error:
        raise BuildProblem(f"the agent does not compile: {error}") from error
    target = name.parent / "__pycache__" / f"{name.stem}.cpython-311.pyc"
    return cpio.file(str(target), compiled.read_bytes())
