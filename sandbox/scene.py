"""Watching a simulated channel: waiting for what it shows, and telling it as text."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import discord
import simcord


class StoppedError(Exception):
    """What was waited for can no longer come."""


async def until(
    env: simcord.Env, predicate: Callable[[], bool], alive: "asyncio.Future[Any]", seconds: float
) -> None:
    """Wait until `predicate` holds, looking again after each event of the simulated Discord.

    Raises TimeoutError after `seconds`, and StoppedError as soon as `alive` is done.
    """
    changed = asyncio.Event()

    def seen(_event: str, _payload: Any) -> None:
        changed.set()

    env.backend.subscribers.append(seen)
    try:
        async with asyncio.timeout(seconds):
            while not predicate():
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait({waiting, alive}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if alive.done():
                    raise StoppedError
                changed.clear()
    finally:
        env.backend.subscribers.remove(seen)


def painted(message: discord.Message) -> bool:
    """Whether `message` shows a finished picture."""
    return any(file.filename.startswith("atelier-") for file in message.attachments)


@dataclass
class Transcript:
    """What a channel showed, message by message, with every state a message went through."""

    channel: Any
    names: dict[int, str]
    _states: dict[int, list[str]] = field(default_factory=dict)
    _offers: dict[int, list[str]] = field(default_factory=dict)

    def watch(self, env: simcord.Env, changed: Callable[[str], None]) -> None:
        """Note every change from now on; `changed` is called with the new text of a message."""

        def seen(event: str, _payload: Any) -> None:
            if event in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
                self._note(changed)

        env.backend.subscribers.append(seen)

    def _note(self, changed: Callable[[str], None]) -> None:
        for message in self.channel.history():
            states = self._states.setdefault(message.id, [])
            text = self._text(message)
            if not states or states[-1] != text:
                states.append(text)
                changed(text)

    def text(self) -> str:
        """The whole channel, oldest message first."""
        parts = []
        for message in sorted(self.channel.history(), key=lambda message: message.id):
            parts.append(f"[{message.author.name}]{self._reply(message)}")
            parts.extend(f"  {line}" for line in self._shown(message))
        return "\n".join(parts)

    def _shown(self, message: discord.Message) -> list[str]:
        *earlier, _last = self._states.get(message.id, [""])
        lines = [f"(earlier) {state.splitlines()[0]}" for state in _milestones(earlier)]
        lines += self._text(message).splitlines()
        lines += [f"[file] {file.filename} ({file.size:,} bytes)" for file in message.attachments]
        lines += [f"[menu] {_placeholder(row)}" for row in message.components]
        if message.reactions:
            offers = " ".join(
                f"{reaction.emoji} {reaction.count}" for reaction in message.reactions
            )
            lines.append(f"[reactions] {offers}")
        return lines

    def _reply(self, message: discord.Message) -> str:
        return " (in reply to the picture above)" if message.reference else ""

    def _text(self, message: discord.Message) -> str:
        text = message.content
        for number, name in self.names.items():
            text = text.replace(f"<@{number}>", f"@{name}")
        return text.replace("**", "").replace("-# ", "")


def _milestones(states: list[str]) -> list[str]:
    """A few of many states: the first, the last, and some between."""
    if len(states) <= 5:
        return states
    step = (len(states) - 1) / 4
    return [states[round(number * step)] for number in range(5)]


def _placeholder(row: Any) -> str:
    return ", ".join(str(getattr(child, "placeholder", "")) for child in row.children)
