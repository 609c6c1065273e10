"""Bodies are held against Discord's own schema where it is at hand."""

from pathlib import Path

import pytest

from tests.absence import absent

from .schema import Schema
from .server import SCHEMA

CREATE = ("POST", "/channels/{channel_id}/messages")


@pytest.fixture(scope="module")
def schema() -> Schema:
    """Discord's OpenAPI document."""
    loaded = Schema.load(SCHEMA)
    if loaded is None:
        absent("../shared/discord/openapi.json")
    return loaded


def test_missing_document_checks_nothing(tmp_path: Path) -> None:
    """Without the document there is no schema."""
    assert Schema.load(tmp_path / "none.json") is None


def test_good_body_has_no_complaint(schema: Schema) -> None:
    """What discord.py sends, numbers as ids included, fits."""
    body = {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}], "nonce": "1"}
    assert [] == schema.complaints(*CREATE, body)


def test_wrong_type_is_named(schema: Schema) -> None:
    """A complaint says where and what."""
    assert "$.tts: 'no' is not of type" in schema.complaints(*CREATE, {"tts": "no"})[0]


def test_unknown_request_has_no_complaint(schema: Schema) -> None:
    """Nothing is said about requests without a documented body."""
    assert [] == schema.complaints("GET", "/users/@me", {"any": "thing"})
