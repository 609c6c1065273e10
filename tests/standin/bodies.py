"""What a request carries: JSON, alone or as `payload_json` beside files."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from . import errors
from .state import Json


@dataclass
class Upload:
    """One file of a multipart request."""

    filename: str
    data: bytes


@dataclass
class Body:
    """The parsed request; `files` by the number in their field's name."""

    json: Any = None
    files: dict[int, Upload] = field(default_factory=dict)

    @property
    def fields(self) -> Json:
        """The JSON as an object; another kind of body is refused."""
        if not isinstance(self.json, dict):
            raise errors.invalid_form("the body is not an object")
        return self.json

    def inner(self, name: str) -> "Body":
        """The object under a key, with the same files (a callback's `data`)."""
        return Body(self.fields.get(name) or {}, self.files)


async def parse(request: web.Request, upload_limit: int) -> Body:
    """Read the request; a file over the limit is refused as Discord refuses it."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return Body(json.loads(text) if text else None)
    body = Body()
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            body.files[_number(name)] = Upload(part.filename, part.file.read())
        elif name == "payload_json":
            body.json = json.loads(part)
    if any(len(each.data) > upload_limit for each in body.files.values()):
        raise errors.too_large()
    return body


def _number(name: str) -> int:
    found = re.fullmatch(r"files\[(\d+)\]", name)
    if found is None:
        raise errors.invalid_form(f"{name} is no name for a file")
    return int(found[1])
