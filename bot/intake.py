"""From attachments and presets to pictures in the store."""

import asyncio

import discord
import structlog

from bot.errors import DISCORD_FAILS, AttachmentGone, AttachmentRefused
from config.settings import Pictures
from jobs.broker import PictureStore
from jobs.presets import Preset
from pictures.errors import PictureError, TooManyBytes
from pictures.read import Picture, Reader

log = structlog.get_logger(__name__)

_FETCH_SECONDS = 60.0


class Intake:
    """Takes pictures in: fetched, opened in a process of their own, stored by digest."""

    def __init__(self, reader: Reader, store: PictureStore, settings: Pictures) -> None:
        self._reader, self._store, self._settings = reader, store, settings
        self._presets: dict[str, Picture] = {}

    def check_size(self, attachment: discord.Attachment) -> None:
        """Refuse by the size that Discord names, before anything is fetched."""
        if attachment.size > self._settings.max_bytes:
            error = TooManyBytes(attachment.size, self._settings.max_bytes)
            raise AttachmentRefused(attachment.filename, error)

    async def attachment(self, attachment: discord.Attachment) -> Picture:
        """The picture in `attachment`, stored. Raises AttachmentGone, AttachmentRefused."""
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                data = await attachment.read()
        except DISCORD_FAILS as error:
            log.warning("an attachment could not be fetched", exc_info=error)
            raise AttachmentGone(attachment.filename) from error
        try:
            picture = await self._reader.read(data)
        except PictureError as error:
            raise AttachmentRefused(attachment.filename, error) from error
        await self._store.put(picture.png)
        return picture

    async def preset_style(self, preset: Preset) -> str:
        """The digest of the preset's own style picture, which is kept in the library."""
        assert preset.picture is not None
        if preset.name not in self._presets:
            data = await asyncio.to_thread(preset.picture.read_bytes)
            self._presets[preset.name] = await self._reader.read(data)
        # Each time: the library may have been lost with the queue's files.
        return await self._store.put(self._presets[preset.name].png, keep=True)
