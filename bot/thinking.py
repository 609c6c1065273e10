"""The `thinking…` of a command, also where its bot dies before it has an answer.

Only the interaction's token leads there. It lives for 15 minutes, and is kept in the records from
before the note is shown until the command is answered, so that the next process can end the note.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import discord
import structlog
from pydantic import ValidationError

from bot.errors import DISCORD_FAILS, RecordsAway
from bot.records import Records
from jobs.failpoints import Act, around
from jobs.job import Id
from jobs.recipe import Frozen

log = structlog.get_logger(__name__)

INTERRUPTED = (
    "I was interrupted before I had noted your wish, so nothing comes of it. Ask once more, please."
)
_NOTE = "thinking/"
# Discord's name for the first answer, where other messages have a number.
_ORIGINAL = cast("int", "@original")


class _Left(Frozen):
    """What leads to a `thinking…`, and the job that was to come of it."""

    job: Id
    application: int
    token: str


class Thinking:
    """Shows `thinking…` where it can be taken away again."""

    def __init__(self, client: discord.Client, records: Records) -> None:
        self._client, self._records = client, records
        self._ours: set[str] = set()

    @asynccontextmanager
    async def shown(
        self, interaction: discord.Interaction[Any], job_id: str
    ) -> AsyncIterator[None]:
        """Show it; inside, or by the error that is raised, the command gets its answer.

        Raises RecordsAway before anything is shown.
        """
        name = f"{_NOTE}{interaction.id}"
        left = _Left(job=job_id, application=interaction.application_id, token=interaction.token)
        self._ours.add(name)
        with around(Act.RECORD_THINKING):
            await self._records.keep_note(name, left.model_dump_json())
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            yield
        except Exception:
            await self._forget(name)
            raise
        await self._forget(name)

    async def _forget(self, name: str) -> None:
        # A bot that is closing answers nothing more, so that is left to the next process.
        if self._client.is_closed():
            return
        try:
            with around(Act.FORGET_THINKING):
                await self._records.drop_note(name)
        except RecordsAway:
            log.info("a waiting note is looked after at the next start")

    async def end_those_left(self) -> None:
        """End what earlier processes have left; a token that has expired leads nowhere."""
        for name, text in (await self._records.notes(_NOTE)).items():
            if name in self._ours:
                continue
            try:
                await self._end(_Left.model_validate_json(text))
            except (ValidationError, *DISCORD_FAILS) as error:
                log.info("a waiting note stays", reason=type(error).__name__)
            await self._forget(name)

    async def _end(self, left: _Left) -> None:
        webhook = discord.Webhook.partial(left.application, left.token, client=self._client)
        if await self._records.by_id(left.job) is None:
            await webhook.edit_message(_ORIGINAL, content=INTERRUPTED)
            log.info("a member was told that their command was interrupted", job=left.job)
        else:
            # The job message is the answer.
            await webhook.delete_message(_ORIGINAL)
