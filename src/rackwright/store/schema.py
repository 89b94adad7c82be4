"""The tables, once for SQLite and PostgreSQL. A migration makes them; a test compares the two.

Site tables carry `site` in every key that crosses tables. Times are UTC integer microseconds.
JSON is kept as text: it is never searched.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False, server_default=None if key else text("''"))


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=False, server_default=None if key else text("0"))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


machine = Table(
    "machine",
    metadata,
    _text("site", key=True),
    _text("id", key=True),
    _text("hostname"),
    Column("version", Integer, nullable=False, server_default=text("1")),
    *(_text(name) for name in ("rack", "unit", "serial", "asset_tag", "external_id")),
    _text("gateway"),
    Column("vlan", Integer, nullable=True),
    _text("dns"),
    *(_text(f"bmc_{name}") for name in ("type", "address", "user", "password")),
    Column("bmc_cipher", Integer, nullable=True),
    _text("console_port"),
    _number("console_speed"),
    *(_text(name) for name in ("vendor", "model", "disk", "os", "profile", "owner")),
    _text("labels"),
    _text("service"),
    _flag("protected"),
    # Who protected it and why: lifting it is an act of its own, never an edit of the row.
    *(_text(f"protected_{name}") for name in ("reason", "by")),
    _number("protected_at"),
    *(_text(name) for name in ("runs_os", "runs_image")),
    _number("runs_at"),
    # The last sign of life: evidence for lists, flushed at most once a second, never decides.
    _number("seen_at"),
    _text("seen_as"),
    Index("machine_hostname", "site", "hostname", unique=True),
    Index("machine_serial", "site", "serial", unique=True, sqlite_where=text("serial <> ''"),
          postgresql_where=text("serial <> ''")),
    Index("machine_bmc_address", "site", "bmc_address", unique=True, sqlite_where=text("bmc_address <> ''"),
          postgresql_where=text("bmc_address <> ''")),
    Index("machine_rack", "site", "rack"),
)  # fmt: skip


def _of_machine() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE")


machine_mac = Table(
    "machine_mac",
    metadata,
    _text("site", key=True),
    _text("mac", key=True),
    _text("machine"),
    _text("role"),
    _number("position"),
    Index("machine_mac_machine", "site", "machine"),
    _of_machine(),
)

machine_address = Table(
    "machine_address",
    metadata,
    _text("site", key=True),
    _text("address", key=True),
    _number("prefix"),
    _text("machine"),
    _number("position"),
    Index("machine_address_machine", "site", "machine"),
    _of_machine(),
)

install = Table(
    "install",
    metadata,
    _text("site", key=True),
    _text("id", key=True),
    _text("machine"),
    _text("state"),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    _flag("live"),
    *(_number(name) for name in ("since", "deadline", "armed_at")),
    *(_text(name) for name in ("armed_by", "reason", "os", "image", "profile", "session")),
    _flag("claimed"),
    _flag("reinstall"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    _number("powered_on_at"),
    *(_text(name) for name in ("disk_serial", "disk_wwn", "disk_path", "esp_volume_id", "boot_mode", "cause")),
    # What the verified disk held, so that an approval of it means this and nothing else.
    _text("disk_fingerprint"),
    # The BMC that was told to power it on, its system GUID, how it was proven, and the SMBIOS UUID that
    # the machine reported when it matched.
    *(_text(name) for name in ("bmc_address", "bmc_guid", "bmc_proof", "smbios_uuid")),
    # The installation network whose addresses it takes while it holds a start permit, empty when unknown.
    _text("network"),
    _flag("live_ok"),
    # When the arming ends by itself, and when this attempt was found not to be alive and its hook agreed; 0 for none.
    *(_number(name) for name in ("expires_at", "cleared_at")),
    # At most one live install a machine, whoever asks at the same time.
    Index("install_one_live", "site", "machine", unique=True, sqlite_where=text("live"),
          postgresql_where=text("live")),
    Index("install_smbios_uuid", "site", "smbios_uuid", sqlite_where=text("smbios_uuid <> ''"),
          postgresql_where=text("smbios_uuid <> ''")),
    Index("install_of_machine", "site", "machine", "armed_at"),
    # Waiting costs a row: the reconciler reads only what is due.
    Index("install_deadline", "site", "deadline", sqlite_where=text("deadline > 0"),
          postgresql_where=text("deadline > 0")),
    Index("install_state", "site", "state", "since", sqlite_where=text("live"), postgresql_where=text("live")),
    _of_machine(),
)  # fmt: skip

session = Table(
    "session",
    metadata,
    _text("site", key=True),
    _text("id", key=True),
    _text("boot_id"),
    _text("machine"),
    _text("install"),
    _text("address"),
    _number("started_at"),
    _number("fenced_at"),
    _number("accepted_seq"),
    _text("facts"),
    Index("session_boot", "site", "boot_id", unique=True),
    Index("session_install", "site", "install"),
    Index("session_address", "site", "address"),
)

claim = Table(
    "claim",
    metadata,
    _text("site", key=True),
    _text("install", key=True),
    Column("attempt", Integer, primary_key=True),
    _text("session"),
    _text("scope"),
    _number("granted_at"),
)

# A person's word that what a disk holds may go: for this machine, this disk and exactly this content.
approval = Table(
    "approval",
    metadata,
    _text("site", key=True),
    _text("machine", key=True),
    _text("disk", key=True),
    _text("fingerprint", key=True),
    *(_text(name) for name in ("by", "reason")),
    _number("at"),
    _of_machine(),
)

# How many of a resource may be out at a time; a scope is `site`, `network:NAME`, `rack:NAME` or `rack:*`.
limit = Table(
    "limit",
    metadata,
    _text("site", key=True),
    _text("scope", key=True),
    _text("resource", key=True),
    _number("value"),
    _text("set_by"),
    _number("set_at"),
)

# Every act of a person, whatever came of it. Rows are only ever added: the database refuses anything else.
audit = Table(
    "audit",
    metadata,
    _text("site", key=True),
    _text("id", key=True),
    _number("at"),
    *(_text(name) for name in ("actor", "act", "target", "reason", "outcome", "values")),
    Index("audit_target", "site", "target", "id"),
)

event = Table(
    "event",
    metadata,
    _text("site", key=True),
    _text("machine", key=True),
    _number("seq", key=True),
    _number("at"),
    _text("install"),
    _text("kind"),
    _text("values"),
    _text("actor"),
    # What an agent sent, exactly once: its session and its own number there.
    Column("session", Text, nullable=True),
    Column("session_seq", BigInteger, nullable=True),
    Index("event_once", "site", "session", "session_seq", unique=True),
    _of_machine(),
)

effect = Table(
    "effect",
    metadata,
    _text("site", key=True),
    _text("id", key=True),
    _text("kind"),
    _text("machine"),
    _text("install"),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    # The install's version this effect belongs to: another version means the world has moved on.
    _number("install_version"),
    _number("due_at"),
    _number("lease_until"),
    _text("lease_holder"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    _number("finished_at"),
    _text("outcome"),
    Index("effect_due", "site", "due_at", sqlite_where=text("finished_at = 0"),
          postgresql_where=text("finished_at = 0")),
)  # fmt: skip

sighting = Table(
    "sighting",
    metadata,
    _text("site", key=True),
    _text("machine", key=True),
    _text("kind", key=True),
    _number("at"),
    # When the reported amount last grew; a poll that repeats itself is no progress.
    _number("moved_at"),
    _text("values"),
)

discovered = Table(
    "discovered",
    metadata,
    _text("site", key=True),
    _text("mac", key=True),
    _text("serial"),
    _text("vendor"),
    _text("model"),
    _text("address"),
    _number("first_at"),
    _number("last_at"),
    _text("facts"),
)

image = Table(
    "image",
    metadata,
    _text("sha256", key=True),
    _text("name"),
    _text("compression"),
    *(_number(name) for name in ("size_bytes", "raw_bytes", "sector_bytes", "added_at")),
    # The newest of a name is what a register row's OS means when it is armed.
    Index("image_name", "name", "added_at"),
)

token = Table(
    "token",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("role"),
    _text("sha256"),
    _number("created_at"),
    _number("revoked_at"),
    Index("token_sha256", "sha256", unique=True),
)

tick = Table(
    "tick",
    metadata,
    _text("site", key=True),
    _number("at"),
)
