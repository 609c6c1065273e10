"""The CDN: bytes by signed, expiring URLs, as Discord's attachments have them."""

import io
import mimetypes
import re
import warnings
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web
from PIL import Image

from .state import Attachment

if TYPE_CHECKING:
    from .world import World

LIFETIME = 86_400.0


class Cdn:
    """Uploaded files by path. `base` is known once the server listens."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._files: dict[str, tuple[Attachment, float]] = {}
        self._paths: dict[int, str] = {}
        self.base = ""

    def store(
        self, place: str, filename: str, data: bytes, description: str | None = None
    ) -> Attachment:
        """Keep a file under `place` (as `attachments/CHANNEL`); its URL works for a day."""
        id_ = self._world.snowflake()
        filename = clean(filename)
        path = f"{place}/{id_}/{filename}"
        expires = self._world.now() + LIFETIME
        url = f"{self.base}/{quote(path)}?ex={int(expires):x}&is={int(expires - LIFETIME):x}&hm=0"
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        size = _measure(data) if kind.startswith("image/") else None
        attachment = Attachment(id_, filename, data, kind, url, size, description)
        self._files[path] = (attachment, expires)
        self._paths[id_] = path
        return attachment

    def remove(self, attachment: Attachment) -> None:
        """Forget a file: its message no longer shows it."""
        del self._files[self._paths.pop(attachment.id)]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a download: the bytes, or 404 for what is unknown, gone or expired."""
        found = self._files.get(request.match_info["path"])
        if found is None or found[1] < self._world.now():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found[0].data, content_type=found[0].content_type)


def clean(filename: str) -> str:
    """The name as Discord keeps it."""
    return re.sub(r"[^\w.\-()+]", "_", filename)


def _measure(data: bytes) -> tuple[int, int] | None:
    """Width and height where Pillow can tell; Discord leaves them out otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
