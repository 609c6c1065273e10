"""The desk where wishes are taken: from a command, a reaction or a menu to a commission."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
import structlog

from bot import answering
from bot.commissions import Commissions
from bot.errors import AlreadyEnded, NotRepeatable, NotYours
from bot.intake import Intake
from bot.overview import queue_text
from bot.permissions import check_permissions
from bot.records import Commission, Records, Stage
from bot.thinking import Thinking
from config import Settings
from jobs.errors import NoStyle
from jobs.job import StyleJob, new_id
from jobs.presets import Preset, Presets
from jobs.recipe import LEAST_SIDE, Mode, Recipe
from jobs.request import Wish, make_recipe
from jobs.sheet import in_common, on_a_sheet, sheet_cells
from pictures.sizes import by_shorter_side, scaled

log = structlog.get_logger(__name__)

_NO_PICTURE_YET = "0" * 64


class Desk:
    """Takes wishes and opens commissions; raises what stands in the way, for a sentence."""

    def __init__(
        self,
        settings: Settings,
        presets: Presets,
        intake: Intake,
        records: Records,
        commissions: Commissions,
        thinking: Thinking,
    ) -> None:
        self._settings, self.presets, self._intake = settings, presets, intake
        self._records, self._commissions = records, commissions
        self._thinking = thinking

    async def stylize(
        self,
        interaction: discord.Interaction[Any],
        content: discord.Attachment,
        style: discord.Attachment | None,
        preset_name: str | None,
        wish: Wish,
    ) -> None:
        """A member's `/stylize`: everything that can be refused at once is, then it is deferred."""
        job_id = new_id()
        with structlog.contextvars.bound_contextvars(job=job_id):
            log.info("asked for", user=interaction.user.id, channel=interaction.channel_id)
            preset = self.presets.named(preset_name) if preset_name else None
            await self._stylize(interaction, job_id, (content, style), replace(wish, preset=preset))

    async def _stylize(
        self,
        interaction: discord.Interaction[Any],
        job_id: str,
        pictures: tuple[discord.Attachment, discord.Attachment | None],
        wish: Wish,
    ) -> None:
        (content, style), preset = pictures, wish.preset
        if style is None and (preset is None or preset.picture is None):
            raise NoStyle
        wish = replace(wish, styles=(_NO_PICTURE_YET,))
        make_recipe(wish, self._settings)
        self._intake.check_size(content)
        if style:
            self._intake.check_size(style)
        await self._check(interaction)
        async with self._thinking.shown(interaction, job_id):
            photo = await self._intake.attachment(content)
            digest = await self._style(style, preset)
            recipe = make_recipe(replace(wish, styles=(digest,)), self._settings)
            await self._commissions.open(
                Commission(
                    id=job_id,
                    recipe=recipe,
                    content=photo.digest,
                    canvas=_canvas(recipe, (photo.width, photo.height)),
                    user_id=interaction.user.id,
                    channel_id=_channel(interaction),
                    bot=self._settings.discord.name,
                    own_style=style is not None,
                )
            )
            await answering.done(interaction)

    async def sheet(self, interaction: discord.Interaction[Any], photo: discord.Attachment) -> None:
        """A member's `/sheet`: their photo in all presets; refused as `/stylize` is."""
        job_id = new_id()
        with structlog.contextvars.bound_contextvars(job=job_id):
            log.info("a sheet asked for", user=interaction.user.id, channel=interaction.channel_id)
            presets = on_a_sheet(self.presets)
            self._intake.check_size(photo)
            await self._check(interaction)
            async with self._thinking.shown(interaction, job_id):
                await self._sheet(interaction, job_id, photo, presets)
                await answering.done(interaction)

    async def _sheet(
        self,
        interaction: discord.Interaction[Any],
        job_id: str,
        photo: discord.Attachment,
        presets: Sequence[Preset],
    ) -> None:
        picture = await self._intake.attachment(photo)
        styles = await asyncio.gather(*map(self._intake.preset_style, presets))
        cells = sheet_cells(presets, styles, self._settings)
        recipe = in_common([cell.recipe for cell in cells])
        await self._commissions.open(
            Commission(
                id=job_id,
                recipe=recipe,
                cells=cells,
                content=picture.digest,
                canvas=_canvas(recipe, (picture.width, picture.height)),
                user_id=interaction.user.id,
                channel_id=_channel(interaction),
                bot=self._settings.discord.name,
                own_style=False,
            )
        )

    async def chosen(
        self, interaction: discord.Interaction[Any], job_id: str, preset_name: str
    ) -> None:
        """A member chose a preset from the menu: the photo in the preset's own style."""
        commission = await self._records.by_id(job_id)
        if commission is None:
            raise NotRepeatable
        await self._check(interaction)
        new_job = new_id()
        async with self._thinking.shown(interaction, new_job):
            preset = self.presets.named(preset_name)
            style = await self._intake.preset_style(preset)
            await self.repeat(commission, preset, style, interaction.user.id, new_job)
            await answering.done(interaction)

    async def stopped(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """A member pressed a job's button: theirs ends, and a moderator may end anybody's."""
        commission = await self._records.by_id(job_id)
        if commission is None or commission.stage is Stage.ANSWERED:
            raise AlreadyEnded
        if interaction.user.id != commission.user_id and not _may_moderate(interaction):
            raise NotYours(commission.user_id)
        # A press that Discord shows as taken is carried out, whatever dies next.
        await self._commissions.stop(job_id)
        await interaction.response.defer()

    async def withdrawn(self, job_id: str) -> None:
        """A member took their reaction back: its job ends, unless it is painted already."""
        if not await self._commissions.is_painted(job_id):
            await self._commissions.stop(job_id)

    async def line(self, interaction: discord.Interaction[Any]) -> str:
        """A member's `/queue`, in words. Raises QueueAway."""
        standing, engines = await self._commissions.line()
        guild = interaction.guild

        def is_here(job: StyleJob) -> bool:
            if guild is None:
                return job.user == str(interaction.user.id)
            return guild.get_channel_or_thread(job.channel_id) is not None

        def link(job: StyleJob) -> str:
            where = interaction.guild_id or "@me"
            return f"https://discord.com/channels/{where}/{job.channel_id}/{job.message_id}"

        return queue_text(
            standing,
            engines,
            user_id=interaction.user.id,
            is_here=is_here,
            link=link,
            now=discord.utils.utcnow(),
        )

    async def reacted(
        self, commission: Commission, preset: Preset, user_id: int, job_id: str
    ) -> None:
        """A member reacted with a preset's emoji: these same pictures by the preset's recipe.

        Where the style was a preset's own and not a member's, the new preset brings its own too.
        """
        if commission.own_style:
            style = commission.recipe.styles[0].digest
        elif preset.picture is None:
            raise NoStyle
        else:
            style = await self._intake.preset_style(preset)
        await self.repeat(commission, preset, style, user_id, job_id)

    async def repeat(
        self, commission: Commission, preset: Preset, style: str, user_id: int, job_id: str
    ) -> None:
        """Paint a commission's photo again by `preset`, as a reply to its message."""
        await self._commissions.check_room(user_id, self._settings.queue)
        recipe = self._again(commission, preset, style)
        await self._commissions.open(
            Commission(
                id=job_id,
                recipe=recipe,
                content=commission.content,
                canvas=_canvas(recipe, commission.canvas),
                user_id=user_id,
                channel_id=commission.channel_id,
                bot=self._settings.discord.name,
                reply_to=commission.message_id,
                parent=commission.id,
                own_style=style in {pair.digest for pair in commission.recipe.styles}
                and commission.own_style,
            )
        )

    def _again(self, commission: Commission, preset: Preset, style: str) -> Recipe:
        wish, recipe = Wish(preset=preset, styles=(style,)), commission.recipe
        if commission.cells:
            # From the small picture on a sheet to one of the usual size.
            return make_recipe(wish, self._settings)
        if recipe.mode is Mode.SIZE_FREE and preset.classic is None:
            # To the classic mode, and from it, none of these means the same.
            wish = replace(wish, backbone=recipe.backbone, size=recipe.size, steps=recipe.steps)
        return make_recipe(wish, self._settings)

    async def _check(self, interaction: discord.Interaction[Any]) -> None:
        check_permissions(
            interaction.app_permissions, thread=isinstance(interaction.channel, discord.Thread)
        )
        await self._commissions.check_room(interaction.user.id, self._settings.queue)

    async def _style(self, style: discord.Attachment | None, preset: Preset | None) -> str:
        if style is not None:
            return (await self._intake.attachment(style)).digest
        assert preset is not None
        return await self._intake.preset_style(preset)


def _canvas(recipe: Recipe, photo: tuple[int, int]) -> tuple[int, int]:
    """What a photo of this size is painted at, in px."""
    if recipe.mode is Mode.CLASSIC:
        return by_shorter_side(photo, recipe.size)
    return scaled(photo, recipe.size, LEAST_SIDE)


def _may_moderate(interaction: discord.Interaction[Any]) -> bool:
    return interaction.guild_id is not None and interaction.permissions.manage_messages


def _channel(interaction: discord.Interaction[Any]) -> int:
    assert interaction.channel_id is not None
    return interaction.channel_id
