"""Where the build reads and writes. Never creates anything itself."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The directories of one build."""

    output: Path
    cache: Path
    repository: Path = REPOSITORY

    @property
    def ramos(self) -> Path:
        return self.repository / "ramos"

    @property
    def contents(self) -> Path:
        return self.ramos / "contents"

    @property
    def additions(self) -> Path:
        """What the operator laid into ramos.d/."""
        return self.ramos / "ramos.d"

    @property
    def agent_sources(self) -> tuple[Path, ...]:
        source = self.repository / "src"
        return (source / "rackwright_agent", source / "rackwright_wire")


def listed(path: Path) -> list[str]:
    """The lines of a list file without comments and blanks; empty if absent."""
    if not path.exists():
        return []
    lines = (line.strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]
