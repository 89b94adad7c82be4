"""Names a piece of the build by the content of everything that defines it."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

# Long enough that two different builds never share a cache entry.
KEY_LENGTH = 16


def key_of(*parts: str | Path | Iterable[str]) -> str:
    """One key for texts, lists of texts, files and directories, in this order."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            _add_tree(digest.update, part)
        else:
            text = part if isinstance(part, str) else "\n".join(part)
            digest.update(f"text {len(text)}\n{text}".encode())
    return digest.hexdigest()[:KEY_LENGTH]


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(path: Path) -> list[Path]:
    """Every file and symbolic link below, sorted; the path itself if it is a file."""
    if path.is_file():
        return [path]
    found = (p for p in path.rglob("*") if p.is_file() or p.is_symlink())
    return sorted(p for p in found if "__pycache__" not in p.parts)


def _add_tree(update: Callable[[bytes], None], path: Path) -> None:
    for file in files_below(path):
        target = str(file.readlink()) if file.is_symlink() else sha256_of(file)
        mode = file.lstat().st_mode
        update(f"file {file.relative_to(path.parent)} {mode:o} {target}\n".encode())
