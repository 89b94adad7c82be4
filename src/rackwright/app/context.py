"""What every use case about machines and installs is given besides its message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rackwright.settings import Settings
from rackwright.values.install import State
from rackwright.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """The site's settings and the key material; no connection, no clock."""

    settings: Settings
    vault: Vault

    @property
    def site(self) -> str:
        return self.settings.site

    @property
    def limits_s(self) -> Mapping[State, int]:
        return dict[State, int](self.settings.deadlines_s.items())

    @property
    def aliases(self) -> Mapping[str, Sequence[str]]:
        """Other spellings of each hardware model."""
        return {name: model.aliases for name, model in self.settings.hardware_model.items()}

    def session_token(self, session: str) -> str:
        """`<session>.<secret>`: derived, never stored, so a repeated join gets the same token."""
        return f"{session}.{self.vault.derive(f'session:{session}')}"

    def first_boot_token(self, install: str, attempt: int) -> str:
        return self.vault.derive(f"first-boot:{install}:{attempt}")
