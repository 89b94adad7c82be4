"""`rackwright check`: what is missing or wrong on this host, before anything starts."""

from __future__ import annotations
