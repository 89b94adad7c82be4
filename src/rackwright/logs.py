"""Logs: one line an event on stderr, key=value. Never a secret, never a machine's text unescaped."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(process: str) -> None:
    """For this process, once, at its start."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format=f"{process} %(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
