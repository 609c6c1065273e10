"""Pictures on their way in."""

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from bot.errors import AttachmentGone
from bot.intake import Intake
from tests.bot.making import SETTINGS


async def test_an_attachment_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord does not give the bytes, the member is asked to attach them again."""
    monkeypatch.setattr("bot.intake._FETCH_SECONDS", 0.05)
    intake = Intake(Mock(), Mock(), SETTINGS.pictures)
    attachment: Any = SimpleNamespace(filename="cat.jpg", read=asyncio.Event().wait)
    with pytest.raises(AttachmentGone, match="cat"):
        await intake.attachment(attachment)
