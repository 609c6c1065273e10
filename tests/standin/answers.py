"""JSON answers as Discord sends them."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


def answer(
    payload: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The payload as `application/json` without a charset: discord.py compares the header whole."""
    return web.Response(
        body=json.dumps(payload).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )
