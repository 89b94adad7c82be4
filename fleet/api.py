"""A client of the operators' API, for the fleet's operator and its judge."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from fleet.http import Unreachable, exchange, request

PREFIX = "/api/v1"
NOT_THERE = frozenset({404, 405})


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the API; `body` is its JSON object, empty where it had none."""

    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.status < 300


class Api:
    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    async def get(self, path: str, **query: str) -> Said:
        return await self._send("GET", path + (f"?{urlencode(query)}" if query else ""), b"", "")

    async def post(self, path: str, body: object) -> Said:
        return await self._send("POST", path, json.dumps(body).encode(), "application/json")

    async def put(self, path: str, body: object) -> Said:
        return await self._send("PUT", path, json.dumps(body).encode(), "application/json")

    async def patch(self, path: str, body: object) -> Said:
        return await self._send("PATCH", path, json.dumps(body).encode(), "application/json")

    async def send(self, method: str, path: str, body: bytes, kind: str) -> Said:
        """Raw bytes; tried again while the office starts. Raises Unreachable after half a minute."""
        for _ in range(60):
            try:
                return await self._send(method, path, body, kind)
            except Unreachable:
                await asyncio.sleep(0.5)
        raise Unreachable("the operators' door does not open")

    async def _send(self, method: str, path: str, body: bytes, kind: str) -> Said:
        headers = (f"Authorization: Bearer {self._token}", "Accept-Language: en")
        sent = request(method, PREFIX + path, body, (*headers, f"Content-Type: {kind}") if kind else headers)
        answer = await exchange(self._port, sent, timeout_s=30.0)
        try:
            given: Any = json.loads(answer.body) if answer.body else {}
        except ValueError:
            given = {}
        return Said(answer.status, cast("dict[str, Any]", given) if isinstance(given, dict) else {"list": given})
