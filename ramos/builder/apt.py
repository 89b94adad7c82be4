"""What the machine's own apt would install; the build names no mirror itself."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ramos.builder.command import run
from ramos.builder.problem import BuildProblem

LISTS = Path("/var/lib/apt/lists")
SOURCES = Path("/etc/apt")
# bookworm, because the Python that compiles the agent must be the image's own.
SUITE = "bookworm"
_INSTALL_LINE = re.compile(r"^Inst (\S+) \((\S+) ", re.MULTILINE)


@dataclass(frozen=True)
class Candidate:
    """A package and the version apt would choose now."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}={self.version}"


def source_files() -> list[Path]:
    """apt's source files that speak of the suite, so that others' archives stay out."""
    found = [
        SOURCES / "sources.list",
        *sorted((SOURCES / "sources.list.d").glob("*.list")),
        *sorted((SOURCES / "sources.list.d").glob("*.sources")),
    ]
    chosen = [path for path in found if path.is_file() and SUITE in path.read_text()]
    if not chosen:
        raise BuildProblem(f"apt knows no source of Debian {SUITE}: see /etc/apt/sources.list.d")
    return chosen


def fetch_options() -> list[str]:
    """How apt fetches on this machine (proxy and the like), as lines of its configuration."""
    dump = run("apt-config", "dump", "Acquire::http", "Acquire::https")
    return [line.rstrip(";") for line in dump.splitlines() if not line.endswith('"";')]


def candidates(packages: list[str], cache: Path) -> list[Candidate]:
    """The packages with all they depend on. Asked once per state of apt's lists."""
    state = hashlib.sha256("\n".join([*packages, *_list_files()]).encode()).hexdigest()[:16]
    remembered = cache / f"candidates-{state}.json"
    if remembered.exists():
        return [Candidate(*pair) for pair in json.loads(remembered.read_text())]
    found = _ask_apt(packages)
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob("candidates-*.json"):
        old.unlink()
    remembered.write_text(json.dumps([(c.name, c.version) for c in found]))
    return found


def _list_files() -> list[str]:
    files = sorted(LISTS.glob("*_Packages*"))
    return [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]


def _ask_apt(packages: list[str]) -> list[Candidate]:
    """Simulates the installation on an empty system, which needs no network."""
    try:
        said = run(
            "apt-get",
            *("-o", "Dir::State::status=/dev/null"),
            *("--simulate", "--no-install-recommends", "install"),
            *packages,
        )
    except BuildProblem as problem:
        raise BuildProblem(f"run `apt-get update`, then try again.\n{problem}") from problem
    return sorted((Candidate(*pair) for pair in _INSTALL_LINE.findall(said)), key=lambda c: c.name)
