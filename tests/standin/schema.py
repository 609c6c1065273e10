"""Outgoing bodies against Discord's own OpenAPI schema, where the file and jsonschema are there."""

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from .state import Json

JSON = "application/json"
# Discord documents snowflakes as strings and takes numbers too; discord.py sends numbers.
NUMBERS_ALLOWED = "SnowflakeType"


class Schema:
    """Validators by method and route template, made on first use."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[tuple[str, str], Any] = {}
        _loosen(document)

    @classmethod
    def load(cls, path: Path) -> "Schema | None":
        """The schema of this file; None without the file or without jsonschema."""
        if not path.is_file() or importlib.util.find_spec("jsonschema") is None:
            return None
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def complaints(self, method: str, template: str, body: Any) -> list[str]:
        """What the schema says against this body; nothing where it knows no such request."""
        key = (method.lower(), template)
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        validator = self._validators[key]
        if validator is None:
            return []
        return [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(body)]

    def _validator(self, method: str, template: str) -> Any:
        operation = self._document["paths"].get(template, {}).get(method, {})
        schema = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            return None
        whole = {"components": self._document["components"]} | schema
        return importlib.import_module("jsonschema").Draft202012Validator(whole)


def _loosen(document: Json) -> None:
    schemas = document["components"]["schemas"]
    if NUMBERS_ALLOWED in schemas:
        schemas[NUMBERS_ALLOWED] = {"type": ["string", "integer"]}
