"""The messages of the machine protocol, as JSON objects of exactly these fields.

Routes (machine door, HTTP/1.1): POST /v1/join Join -> Joined; POST /v1/poll Poll -> Order;
POST /v1/events Report -> Order; POST /v1/claim Claim -> Claimed; GET /v1/images/{sha256}.
After the join every request carries `Authorization: Bearer <token>` when a token was given.
Answers: 200; 400 with {"error": text} for a message that does not parse; 401 for a wrong token;
503 with Retry-After: try again, nothing was lost. Every request may be repeated safely.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from rackwright_wire.facts import Facts

# An event's values: flat, small, never a secret.
EventValues = dict[str, str | int | float | bool]


class Act(enum.StrEnum):
    """What an order asks of the agent."""

    IDLE = "idle"  # nothing to do; poll again
    INSPECT = "inspect"  # collect the facts again and join again with them
    WAIT = "wait"  # everything is ready; waits for a slot
    CLAIM = "claim"  # ask for the right to destroy, with Order.disk as the scope
    CONTINUE = "continue"  # go on with what was claimed
    REBOOT = "reboot"  # the server knows what comes next; reboot now
    STOP = "stop"  # this session is stale or cancelled: touch nothing any more; poll slowly


@dataclass(frozen=True, slots=True)
class DiskName:
    """A disk by what stays with it. At least one of serial, wwn, path is not empty; all given must match."""

    serial: str = ""
    wwn: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The answer to a poll or a report.

    `text` is one line for the machine's own console, in the site's language. `next_poll_s` is when to
    poll next. `install`, `attempt` and `disk` are set for CLAIM. `accepted_seq` answers a Report: the
    highest seq that is now durable.
    """

    act: Act
    text: str = ""
    next_poll_s: float = 10.0
    install: str = ""
    attempt: int = 0
    disk: DiskName | None = None
    accepted_seq: int = 0
    shell: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """The first message of a boot, and again after INSPECT. `boot_id` is /proc/sys/kernel/random/boot_id."""

    protocol: int
    boot_id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Joined:
    """`token` is empty when nothing was armed for this machine: it then only polls."""

    session: str
    token: str
    server_time_us: int  # UTC, microseconds; the agent sets system clock and RTC from it
    order: Order


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step is. Evidence only: it is coalesced and may be lost."""

    step: str
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_s: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """Answered with an Order. `doing` is the running step's name, empty when idle."""

    session: str
    boot_id: str
    doing: str = ""
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, durable before it is answered; seq starts at 1 in each session.

    Kinds an agent sends: step_started, step_finished, step_failed (values: step, seconds or error),
    handing_over (values: boot_mode, esp_volume_id, root_uuid, disk_serial; the last message before the
    reboot into the installed system), install_failed (values: step, error; what stopped the install).
    """

    seq: int
    kind: str
    values: EventValues = field(default_factory=lambda: EventValues())


@dataclass(frozen=True, slots=True)
class Report:
    session: str
    boot_id: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Asks once for the right to destroy. Keyed by install, attempt and session: the same key gets the
    same answer. `disks` is the whole scope: nothing outside it may ever be written."""

    session: str
    boot_id: str
    install: str
    attempt: int
    act: str  # image
    disks: tuple[DiskName, ...]


@dataclass(frozen=True, slots=True)
class ImageSource:
    """`sha256` is of the compressed bytes as served; `raw_bytes` is what they unpack to."""

    path: str  # below the machine door: /v1/images/<sha256>
    sha256: str
    compression: str  # zstd | none
    size_bytes: int
    raw_bytes: int
    sector_bytes: int


@dataclass(frozen=True, slots=True)
class SystemFile:
    """A file, or a symbolic link when `link_to` is given, below the installed root. `mode` is octal text."""

    path: str
    mode: str = "0644"
    text: str = ""
    link_to: str = ""


@dataclass(frozen=True, slots=True)
class WritePlan:
    """Everything the agent needs after the claim. Given once, to the session that claimed."""

    image: ImageSource
    disk: DiskName
    hostname: str
    kernel_arguments: str  # console=... of the installed system
    console_unit: int  # serial unit for GRUB, -1 for none
    console_speed: int
    root_password_hash: str  # crypt(3) text or empty: stays locked
    files: tuple[SystemFile, ...]
    boot_entry: str  # the label of the firmware's boot entry; ours begin with "Rackwright "


@dataclass(frozen=True, slots=True)
class Claimed:
    """`granted` false: `text` says why, and nothing may be touched."""

    granted: bool
    text: str = ""
    plan: WritePlan | None = None
