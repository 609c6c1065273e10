"""The slash commands: /stylize, /sheet, /queue, /presets and /help."""

from typing import Any

import discord
from discord import app_commands

from bot.answering import answered
from bot.desk import Desk
from bot.help import help_text, presets_text
from config import Settings
from jobs.layers import layers_of
from jobs.request import Wish

_MOST_CHOICES = 25
_Choices = list[app_commands.Choice[str]]


def add_commands(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    """Add all commands to `tree`."""
    _add_stylize(tree, desk, settings)
    _add_sheet(tree, desk)
    _add_information(tree, desk, settings)


def _add_stylize(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    size, steps, strength = settings.bounds.size, settings.bounds.steps, settings.bounds.strength

    @tree.command(name="stylize", description="Paint your photo in the style of a painting")
    @app_commands.describe(
        content="The photo to paint",
        style="The painting whose style it gets; leave it out if you choose a preset",
        preset="A recipe; most bring a style picture, in case you give none",
        layers="Style layers, such as relu1, fire2: early ones for grain, late ones for shapes",
        weights="One weight for each layer, such as 5, 1",
        strength=f"How much style: 1 is balanced; {strength[0]:g} to {strength[1]:g}",
        size=f"Long side of the painting in px: {size[0]} to {size[1]}",
        steps=f"More steps paint longer: {steps[0]} to {steps[1]}",
        keep_colours="How much of the photo's own colours stays: 0 (none) to 1 (all)",
    )
    async def stylize(
        interaction: discord.Interaction[Any],
        content: discord.Attachment,
        style: discord.Attachment | None = None,
        preset: str | None = None,
        layers: str | None = None,
        weights: str | None = None,
        strength: float | None = None,
        size: int | None = None,
        steps: int | None = None,
        keep_colours: float | None = None,
    ) -> None:
        wish = Wish(
            layers=layers,
            weights=weights,
            strength=strength,
            size=size,
            steps=steps,
            keep_colours=keep_colours,
        )
        async with answered(interaction):
            await desk.stylize(interaction, content, style, preset, wish)

    @stylize.autocomplete("preset")
    async def presets(_: discord.Interaction[Any], typed: str) -> _Choices:
        return preset_choices(desk, typed)

    @stylize.autocomplete("layers")
    async def layer_names(_: discord.Interaction[Any], typed: str) -> _Choices:
        return layer_choices(layers_of(settings.engine.backbone), typed)


def _add_sheet(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    @tree.command(name="sheet", description="See your photo in all presets at once, small")
    @app_commands.describe(photo="The photo to paint")
    async def sheet(interaction: discord.Interaction[Any], photo: discord.Attachment) -> None:
        async with answered(interaction):
            await desk.sheet(interaction, photo)


def _add_information(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    @tree.command(name="presets", description="The styles you can pick by name or by emoji")
    async def presets(interaction: discord.Interaction[Any]) -> None:
        async with answered(interaction):
            await interaction.response.send_message(presets_text(desk.presets), ephemeral=True)

    @tree.command(name="queue", description="Who is painted, who waits, and when it is your turn")
    async def queue(interaction: discord.Interaction[Any]) -> None:
        async with answered(interaction):
            # The queue may be away for longer than Discord waits for a first answer.
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.edit_original_response(content=await desk.line(interaction))

    @tree.command(name="help", description="How to get a picture painted")
    async def help_command(interaction: discord.Interaction[Any]) -> None:
        async with answered(interaction):
            await interaction.response.send_message(help_text(settings), ephemeral=True)


def preset_choices(desk: Desk, typed: str) -> _Choices:
    """Presets whose name, title or line has what was typed."""
    wanted = typed.strip().casefold()
    return [
        app_commands.Choice(
            name=f"{preset.emoji} {preset.title}: {preset.line}"[:100], value=preset.name
        )
        for preset in desk.presets.all
        if wanted in f"{preset.name} {preset.title} {preset.line}".casefold()
    ][:_MOST_CHOICES]


def layer_choices(layers: tuple[str, ...], typed: str) -> _Choices:
    """Lists of layers that go on from what was typed: the last name is completed."""
    *chosen, last = [part.strip().casefold() for part in typed.split(",")]
    chosen = [name for name in chosen if name in layers]
    offers = [", ".join([*chosen, name]) for name in layers if last in name and name not in chosen]
    return [app_commands.Choice(name=offer, value=offer) for offer in offers if len(offer) <= 100][
        :_MOST_CHOICES
    ]
