"""What is under a job message: a button as long as it waits or is painted, then a menu.

Both survive restarts, since their ids say all that they need.
"""

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.answering import answered
from jobs.presets import Presets

if TYPE_CHECKING:
    from bot.client import Atelier


_STOP = "atelier:stop:{job}"


def stop_button(job_id: str, label: str) -> discord.ui.View:
    """A view with the button that stops `job_id`; `label` is one of StopButton's."""
    return _kept(StopButton(job_id, label))


def stops(message: discord.Message) -> set[str]:
    """The jobs that buttons under `message` stop."""
    buttons = [
        button.custom_id or ""
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for button in row.children
    ]
    prefix = _STOP.format(job="")
    return {each.removeprefix(prefix) for each in buttons if each.startswith(prefix)}


def another_preset(job_id: str, presets: Presets) -> discord.ui.View:
    """A view with the menu of all presets for the picture of `job_id`."""
    return _kept(AnotherPreset(job_id, presets))


def _kept(item: discord.ui.Item[Any]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(item)
    # Stopped, it is not kept in memory: the item's class, registered once, answers for all.
    view.stop()
    return view


class StopButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=_STOP.format(job="(?P<job>[0-9a-f]{32})"),
):
    """Ends a job; pressed while it is painted, the picture stays as far as it has come."""

    CANCEL = "Cancel"
    KEEP = "Stop and keep this"

    def __init__(self, job_id: str, label: str) -> None:
        self.job_id = job_id
        button: discord.ui.Button[Any] = discord.ui.Button(
            custom_id=_STOP.format(job=job_id), label=label, style=discord.ButtonStyle.secondary
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button again, after a restart."""
        return cls(match["job"], cls.CANCEL)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """A member pressed it."""
        client: Atelier = interaction.client
        async with answered(interaction):
            await client.desk.stopped(interaction, self.job_id)


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
