"""The gate: limits and approvals as rows, an audit that is only added to, who protected a machine, whose BMC it was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _approval()
    _limit()
    _audit()
    for name in ("disk_fingerprint", "bmc_address", "bmc_guid", "bmc_proof", "smbios_uuid", "network"):
        op.add_column("install", _text(name))
    for name in ("expires_at", "cleared_at"):
        op.add_column("install", _number(name))
    op.add_column("install", sa.Column("live_ok", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    known = sa.text("smbios_uuid <> ''")
    op.create_index(
        "install_smbios_uuid", "install", ["site", "smbios_uuid"], sqlite_where=known, postgresql_where=known
    )
    for name in ("protected_reason", "protected_by"):
        op.add_column("machine", _text(name))
    op.add_column("machine", _number("protected_at"))
    # A claim was for disks alone; it names its acts as well now.
    op.execute("""UPDATE claim SET scope = '{"acts":["image"],"disks":' || scope || '}' WHERE scope LIKE '[%'""")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _approval() -> None:
    op.create_table(
        "approval",
        *(_key(name) for name in ("site", "machine", "disk", "fingerprint")),
        *(_text(name) for name in ("by", "reason")),
        _number("at"),
        sa.ForeignKeyConstraint(["site", "machine"], ["machine.site", "machine.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "machine", "disk", "fingerprint"),
    )


def _limit() -> None:
    op.create_table(
        "limit",
        *(_key(name) for name in ("site", "scope", "resource")),
        _number("value"),
        _text("set_by"),
        _number("set_at"),
        sa.PrimaryKeyConstraint("site", "scope", "resource"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        *(_key(name) for name in ("site", "id")),
        _number("at"),
        *(_text(name) for name in ("actor", "act", "target", "reason", "outcome", "values")),
        sa.PrimaryKeyConstraint("site", "id"),
    )
    op.create_index("audit_target", "audit", ["site", "target", "id"])
    if op.get_context().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit"
                " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )
