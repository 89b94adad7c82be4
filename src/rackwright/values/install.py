"""One authorised run that takes one machine to one system."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from rackwright.values.event import Scalar
from rackwright.values.ids import Id


class State(enum.StrEnum):
    """Where an install stands. What each means is in decide.lifecycle, the one table."""

    QUEUED = "queued"
    STARTING = "starting"
    INSPECTING = "inspecting"
    WAITING = "waiting"
    GRANTED = "granted"
    INSTALLING = "installing"
    FIRST_BOOT = "first_boot"
    DONE = "done"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A closed set of facts about why an install stands still; words are made when it is read.
Cause = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Install:
    """`deadline` and times are UTC microseconds, 0 for none. `cause` says why it is held or failed: `key`
    and its values. `session` is the live boot session. `image` is the digest pinned when it was armed;
    `reinstall` means that it may overwrite a machine in service, `live_ok` that it may be powered off although it
    answers. `expires_at` is when the arming ends by itself; `cleared_at` when this attempt's machine was found
    silent and its pre-install hook agreed. `bmc_address`, `bmc_guid`, `bmc_proof` and `smbios_uuid` say which BMC was told to start
    it, how that was proven, and who reported then."""

    id: Id
    site: str
    machine: Id
    state: State
    attempt: int
    version: int
    live: bool
    since: int
    deadline: int
    armed_at: int
    armed_by: str
    reason: str
    os: str
    image: str
    profile: str
    session: str = ""
    claimed: bool = False
    tries: int = 0
    powered_on_at: int = 0
    disk_serial: str = ""
    disk_wwn: str = ""
    disk_path: str = ""
    esp_volume_id: str = ""
    boot_mode: str = ""
    disk_fingerprint: str = ""
    bmc_address: str = ""
    bmc_guid: str = ""
    bmc_proof: str = ""
    smbios_uuid: str = ""
    network: str = ""
    reinstall: bool = False
    live_ok: bool = False
    expires_at: int = 0
    cleared_at: int = 0
    cause: Cause = field(default_factory=lambda: dict[str, Scalar]())
