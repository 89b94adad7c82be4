"""For developers: prints the operations that bring the newest migrated schema to `store/schema.py`.

`python -m rackwright.store.migrations.draft` after a change of schema.py: paste the output into a new file in
`versions/`. While nothing is released, remake the first step instead, then format it:
`python -m rackwright.store.migrations.draft --first > src/rackwright/store/migrations/versions/0001_first.py`
"""

from __future__ import annotations

import re
import sys
import tempfile

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext

from rackwright.store.engine import open_engine
from rackwright.store.migrate import migrate
from rackwright.store.schema import metadata


def draft(*, from_empty: bool) -> str:
    """The body of an `upgrade()`."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine(f"sqlite:///{scratch}/draft.sqlite3")
        if not from_empty:
            migrate(engine)
        with engine.connect() as connection:
            found = MigrationContext.configure(connection, opts={"compare_type": True})
            operations = produce_migrations(found, metadata).upgrade_ops
            assert isinstance(operations, UpgradeOps)
            return render_python_code(operations, render_as_batch=not from_empty)


_FIRST = '''"""The first schema: every table of store/schema.py, made explicitly."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
'''


def first() -> str:
    """The file of the first step: one function a table, in an order that satisfies the foreign keys."""
    operations = draft(from_empty=True)
    tables = re.split(r"^ *(?=op\.create_table)", operations, flags=re.MULTILINE)[1:]
    bodies = [re.sub(r"^ *#.*\n?", "", table, flags=re.MULTILINE).strip() for table in tables]
    names = [f"_{re.findall(r'[a-z_]+', body)[2]}" for body in bodies]
    made = [f"def {name}() -> None:\n    {body}\n" for name, body in zip(names, bodies, strict=True)]
    calls = "".join(f"    {name}()\n" for name in names)
    return "\n\n".join([_FIRST, f"def upgrade() -> None:\n{calls}", *made])


if __name__ == "__main__":
    print(first() if "--first" in sys.argv else draft(from_empty=False))
