"""The agent's steps in words. A step that this server does not know keeps its own name."""

from __future__ import annotations

from rackwright.words import say, texts


def step(language: str, name: str) -> str:
    return say(language, f"step_{name}", {}) if f"step_{name}" in texts(language) else name
