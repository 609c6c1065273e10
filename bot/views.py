"""The menu under a finished picture; it survives restarts, since its id says all it needs."""

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.answering import answered
from jobs.presets import Presets

if TYPE_CHECKING:
    from bot.client import Atelier


def another_preset(job_id: str, presets: Presets) -> discord.ui.View:
    """A view with the menu of all presets for the picture of `job_id`."""
    view = discord.ui.View(timeout=None)
    view.add_item(AnotherPreset(job_id, presets))
    # Stopped, it is not kept in memory: the class itself, registered once, answers for all.
    view.stop()
    return view


class AnotherPreset(
    discord.ui.DynamicItem[discord.ui.Select[Any]],
    template=r"atelier:try:(?P<job>[0-9a-f]{32})",
):
    """A menu of presets, each with its own style picture."""

    def __init__(self, job_id: str, presets: Presets | None) -> None:
        self.job_id = job_id
        options = [
            discord.SelectOption(
                label=preset.title,
                value=preset.name,
                description=preset.line[:100],
                emoji=preset.emoji,
            )
            for preset in (presets.all if presets else ())[:25]
            if preset.picture is not None
        ]
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"atelier:try:{job_id}",
            placeholder="Paint the photo in another preset's own style",
            options=options,
        )
        super().__init__(menu)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The menu again, after a restart."""
        return cls(match["job"], None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """A member chose a preset."""
        client: Atelier = interaction.client
        async with answered(interaction):
            await client.desk.chosen(interaction, self.job_id, self.item.values[0])
