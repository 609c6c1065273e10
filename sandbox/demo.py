"""The demo: a member asks for a picture, another one reacts for a version, and both are painted."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import discord
import simcord

from config import Settings, load_settings
from config.logs import configure_logging
from config.settings import PRESETS
from samples import PHOTOS, STYLES
from sandbox.scene import StoppedError, Transcript, painted, until
from sandbox.stage import Stage, open_stage

PHOTO = PHOTOS / "astronaut.jpg"
STYLE = STYLES / "flow.jpg"
_MOST_SECONDS = 1800.0
_LOOK_AGAIN_SECONDS = 0.2
_REACTION = "🌊"
_REACTIONS = 6

Say = Callable[[str], None]


class DemoError(Exception):
    """The scene could not be played; the message says why and what to do."""


@dataclass(frozen=True)
class Play:
    """What the actors do."""

    content: Path = PHOTO
    style: Path = STYLE
    size: int = 320
    steps: int | None = None
    out: Path = Path("demo")


def play(wanted: Play, say: Say) -> list[Path]:
    """Play the scene and give the paths of its pictures and its transcript.

    `say` gets a line whenever the channel shows something new. Raises DemoError.
    """
    for file in (wanted.content, wanted.style):
        if not file.is_file():
            raise DemoError(f"There is no file {file}. Name a photo and a painting that exist.")
    wanted.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="atelier-demo-") as folder:
        discord = {"edit_seconds": 1, "reactions": _REACTIONS}
        changes = {
            "data_dir": folder,
            "presets": str(PRESETS),
            "log": {"level": "warning"},
            "discord": discord,
        }
        settings = load_settings(**changes)
        configure_logging(settings.log)
        return asyncio.run(_play(wanted, settings, say))


async def _play(wanted: Play, settings: Settings, say: Say) -> list[Path]:
    say("Starting the queue, the engine and the bot, in a simulated Discord.")
    async with open_stage(settings) as stage:
        await _engine_here(stage)
        with stage.env.time_context():
            return await _scene(wanted, stage, say)


async def _engine_here(stage: Stage) -> None:
    """Wait for the engine's first beat: members come to an atelier that is open."""
    while not await stage.broker.engines():
        await asyncio.wait({stage.alive}, timeout=_LOOK_AGAIN_SECONDS)
        if stage.alive.done():
            raise DemoError("The engine ended before it was ready to paint; see above.")


async def _scene(wanted: Play, stage: Stage, say: Say) -> list[Path]:
    env = stage.env
    guild = env.create_guild("The Atelier")
    channel = guild.create_text_channel("paintings")
    alice = guild.add_member(env.create_user("alice"))
    bob = guild.add_member(env.create_user("bob"))
    transcript = Transcript(channel, {alice.id: "alice", bob.id: "bob"})
    transcript.watch(env, _line_of(say))
    say(f"alice: /stylize content:{wanted.content.name} style:{wanted.style.name}")
    began = time.monotonic()
    first = await _stylize(alice, channel, wanted, stage)
    say(f"bob reacts with {_REACTION} for that version of the same pictures.")
    await bob.react(first, _REACTION)
    second = await _next_picture(channel, first, stage)
    say(f"Both pictures after {time.monotonic() - began:.0f} seconds.")
    return await _kept(wanted.out, transcript, [first, second], say)


async def _stylize(
    alice: simcord.MemberActor, channel: simcord.ChannelHandle, wanted: Play, stage: Stage
) -> discord.Message:
    options = {"steps": wanted.steps} if wanted.steps else {}
    result = await alice.slash(
        channel,
        "stylize",
        content=(wanted.content.name, wanted.content.read_bytes()),
        style=(wanted.style.name, wanted.style.read_bytes()),
        size=wanted.size,
        **options,
    )
    if result.response is not None:
        raise DemoError(f"The bot answered: {result.response.content}")
    return await _next_picture(channel, None, stage)


async def _next_picture(
    channel: simcord.ChannelHandle, before: discord.Message | None, stage: Stage
) -> discord.Message:
    """The first job message behind `before`, once it shows its picture and its reactions."""

    def answer() -> discord.Message | None:
        later = [found for found in channel.history() if before is None or found.id > before.id]
        return min(later, key=lambda message: message.id, default=None)

    def complete() -> bool:
        message = answer()
        if message and message.content.startswith("⚠️"):
            raise DemoError(f"The bot answered: {message.content}")
        return bool(message and painted(message) and len(message.reactions) >= _REACTIONS)

    try:
        await until(stage.env, complete, stage.alive, _MOST_SECONDS)
    except StoppedError:
        raise DemoError("The engine ended before the picture was painted; see above.") from None
    message = answer()
    assert message is not None
    return message


async def _kept(
    out: Path, transcript: Transcript, messages: list[discord.Message], say: Say
) -> list[Path]:
    """Write the pictures and the transcript into `out`."""
    paths = []
    for name, message in zip(("stylized", "reaction"), messages, strict=True):
        file = next(file for file in message.attachments if file.filename.startswith("atelier-"))
        path = out / f"{name}{Path(file.filename).suffix}"
        path.write_bytes(await file.read())
        paths.append(path)
    text = transcript.text()
    (out / "transcript.txt").write_text(f"{text}\n", encoding="utf-8")
    say(f"\nWhat the channel shows:\n\n{text}\n")
    return [*paths, out / "transcript.txt"]


def _line_of(say: Say) -> Callable[[str], None]:
    """Say the first line of what a message shows, with its bar."""
    return lambda text: say("  " + " ".join(text.splitlines()[:2]))
