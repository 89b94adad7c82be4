"""JSON kept as text in a column: compact and with sorted keys, so that equal values are equal text."""

from __future__ import annotations

import json
from typing import Any


def to_text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def from_text(text: str, empty: Any) -> Any:
    """The value, or `empty` where nothing was stored."""
    return json.loads(text) if text else empty
