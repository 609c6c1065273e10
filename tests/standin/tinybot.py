"""A plain discord.py bot with one of each thing that the stand-in has to carry."""

import asyncio
import io

import discord
from discord import app_commands

GREETING = "queued"


def file(name: str, data: bytes) -> discord.File:
    """A file to send."""
    return discord.File(io.BytesIO(data), name)


class TinyBot(discord.Client):
    """Echoes attachments with /stylize; collects raw reactions, reconnects and what it was told."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True)
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.reactions: asyncio.Queue[discord.RawReactionActionEvent] = asyncio.Queue()
        self.resumed = asyncio.Event()
        self.kept: discord.Interaction[TinyBot] | None = None
        self.limit = 0
        self.permissions = discord.Permissions.none()
        command = self.tree.command(description="Paint.")(stylize)
        command.autocomplete("preset")(presets)
        for callback in (ignore, panel, keep, twice):
            self.tree.command(description="Try.")(callback)

    async def setup_hook(self) -> None:
        """Sync, as any bot does."""
        await self.tree.sync()

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Keep what others add."""
        assert self.user is not None
        if payload.user_id != self.user.id:
            self.reactions.put_nowait(payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Keep removals."""
        self.reactions.put_nowait(payload)

    async def on_resumed(self) -> None:
        """Note a resumed session."""
        self.resumed.set()

    async def on_interaction(self, interaction: "discord.Interaction[TinyBot]") -> None:
        """Answer components by saying what was pressed."""
        if interaction.type is discord.InteractionType.component:
            data = dict(interaction.data or {})
            said = f"{data.get('custom_id')} {data.get('values', '')}".strip()
            await interaction.response.send_message(said, ephemeral=True)


async def stylize(
    interaction: discord.Interaction[TinyBot],
    content: discord.Attachment,
    style: discord.Attachment | None = None,
    preset: str | None = None,
    size: app_commands.Range[int, 64, 1024] = 256,
) -> None:
    """Answer with a job message, then edit it as a listener would."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    interaction.client.limit = interaction.filesize_limit
    interaction.client.permissions = interaction.app_permissions
    pictures = [await content.read()] + ([await style.read()] if style else [])
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    preview = file("preview.png", b"preview")
    posted = await channel.send(GREETING, file=preview, nonce=str(interaction.id))
    await interaction.delete_original_response()
    message = channel.get_partial_message(posted.id)
    result = file("atelier-1.png", b"+".join(pictures))
    await message.edit(content=f"{preset} {size}", attachments=[result])
    await message.add_reaction("🎨")
    await message.reply("a version", mention_author=False)


async def presets(
    interaction: discord.Interaction[TinyBot], current: str
) -> list[app_commands.Choice[str]]:
    """Two presets."""
    names = [each for each in ("starry", "scream") if each.startswith(current)]
    return [app_commands.Choice(name=each, value=each) for each in names]


async def ignore(interaction: discord.Interaction[TinyBot]) -> None:
    """Leave the command unanswered."""


async def panel(interaction: discord.Interaction[TinyBot]) -> None:
    """Show a button and a select."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Stop", custom_id="stop:1"))
    options = [discord.SelectOption(label=each) for each in ("mosaic", "waves")]
    view.add_item(discord.ui.Select(custom_id="more:1", options=options))
    await interaction.response.send_message("pick", view=view)


async def keep(interaction: discord.Interaction[TinyBot]) -> None:
    """Keep the interaction for later, and acknowledge."""
    interaction.client.kept = interaction
    await interaction.response.defer(ephemeral=True, thinking=True)


async def twice(interaction: discord.Interaction[TinyBot]) -> None:
    """Acknowledge twice, behind discord.py's own check."""
    await interaction.response.send_message("once", ephemeral=True)
    again = discord.InteractionResponse(interaction)
    try:
        await again.send_message("twice")
    except discord.HTTPException as exc:
        await interaction.followup.send(str(exc.code), ephemeral=True)
