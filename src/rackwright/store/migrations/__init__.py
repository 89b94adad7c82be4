"""The schema's history, for alembic: `env.py` connects it, `versions/` are the steps."""
