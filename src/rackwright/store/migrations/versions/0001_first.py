"""The first schema: every table of store/schema.py, made explicitly."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _claim()
    _discovered()
    _effect()
    _image()
    _machine()
    _session()
    _sighting()
    _tick()
    _token()
    _event()
    _install()
    _machine_address()
    _machine_mac()


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("install", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("session", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("scope", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("site", "install", "attempt"),
    )


def _discovered() -> None:
    op.create_table(
        "discovered",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("vendor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("model", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("first_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("facts", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("site", "mac"),
    )


def _effect() -> None:
    op.create_table(
        "effect",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("machine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("install", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("install_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_holder", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_index(
        "effect_due",
        "effect",
        ["site", "due_at"],
        unique=False,
        sqlite_where=sa.text("finished_at = 0"),
        postgresql_where=sa.text("finished_at = 0"),
    )


def _image() -> None:
    op.create_table(
        "image",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("compression", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("raw_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sector_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("added_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("image_name", "image", ["name", "added_at"], unique=False)


def _machine() -> None:
    op.create_table(
        "machine",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("rack", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("unit", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("serial", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("asset_tag", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("external_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("gateway", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("vlan", sa.Integer(), nullable=True),
        sa.Column("dns", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bmc_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bmc_address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bmc_user", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bmc_password", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bmc_cipher", sa.Integer(), nullable=True),
        sa.Column("console_port", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("console_speed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("vendor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("model", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("disk", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("os", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("profile", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("owner", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("labels", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("service", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("protected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("runs_os", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("runs_image", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("runs_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen_as", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_index(
        "machine_bmc_address",
        "machine",
        ["site", "bmc_address"],
        unique=True,
        sqlite_where=sa.text("bmc_address <> ''"),
        postgresql_where=sa.text("bmc_address <> ''"),
    )
    op.create_index("machine_hostname", "machine", ["site", "hostname"], unique=True)
    op.create_index("machine_rack", "machine", ["site", "rack"], unique=False)
    op.create_index(
        "machine_serial",
        "machine",
        ["site", "serial"],
        unique=True,
        sqlite_where=sa.text("serial <> ''"),
        postgresql_where=sa.text("serial <> ''"),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("machine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("install", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("started_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fenced_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("accepted_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("facts", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_index("session_boot", "session", ["site", "boot_id"], unique=True)
    op.create_index("session_address", "session", ["site", "address"], unique=False)
    op.create_index("session_install", "session", ["site", "install"], unique=False)


def _sighting() -> None:
    op.create_table(
        "sighting",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("values", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("site", "machine", "kind"),
    )


def _tick() -> None:
    op.create_table(
        "tick",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("site"),
    )


def _token() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("sha256", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("token_sha256", "token", ["sha256"], unique=True)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("install", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("values", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("session_seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "machine", "seq"),
    )
    op.create_index("event_once", "event", ["site", "session", "session_seq"], unique=True)


def _install() -> None:
    op.create_table(
        "install",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("since", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deadline", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("armed_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("armed_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("os", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("image", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("profile", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("session", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("claimed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reinstall", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("powered_on_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("disk_serial", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("disk_wwn", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("disk_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("esp_volume_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("boot_mode", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("cause", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_index(
        "install_deadline",
        "install",
        ["site", "deadline"],
        unique=False,
        sqlite_where=sa.text("deadline > 0"),
        postgresql_where=sa.text("deadline > 0"),
    )
    op.create_index("install_of_machine", "install", ["site", "machine", "armed_at"], unique=False)
    op.create_index(
        "install_one_live",
        "install",
        ["site", "machine"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "install_state",
        "install",
        ["site", "state", "since"],
        unique=False,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )


def _machine_address() -> None:
    op.create_table(
        "machine_address",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("prefix", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("machine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "address"),
    )
    op.create_index("machine_address_machine", "machine_address", ["site", "machine"], unique=False)


def _machine_mac() -> None:
    op.create_table(
        "machine_mac",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "mac"),
    )
    op.create_index("machine_mac_machine", "machine_mac", ["site", "machine"], unique=False)
