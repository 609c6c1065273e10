"""`atelier run`: queue, engine and bot on this machine, each a process of its own."""

import asyncio
import sys

import click

from cli.child import Child, atelier_command
from cli.claim import claimed
from cli.hosting import has_bot, has_engine
from cli.keeping import Refused
from cli.supervisor import Supervisor
from config import Settings, SettingsError, load_settings
from config.logs import configure_logging
from config.token import NO_TOKEN
from jobs.errors import JobError
from jobs.lifeline import Lifeline
from jobs.presets import load_presets
from jobs.request import check_recipes
from jobs.server import EmbeddedServer
from samples import STYLES

CANNOT_START = 2


@click.command()
def run() -> None:
    """Run everything on this machine: the queue, an engine and the bot.

    What dies is started again. Ctrl-C ends all of it in order. Exit code 2 where it cannot start.
    """
    try:
        settings = load_settings()
        _check(settings)
        supervise(settings, {name: atelier_command(name) for name in ("engine", "bot")})
    except (SettingsError, JobError, Refused) as error:
        click.echo(getattr(error, "detail", "") or str(error), err=True)
        sys.exit(CANNOT_START)


def supervise(settings: Settings, commands: dict[str, list[str]]) -> None:
    """Keep the queue's server and `commands` alive until a signal comes; by the name of each.

    Raises SettingsError where the data directory is taken or cannot be used, JobError where the
    server does not start, Refused where a command ends with exit code 2.
    """
    configure_logging(settings.log, [settings.discord.token, settings.nats.token])
    with claimed(settings.data_dir), Lifeline() as lifeline:
        children = [Child(f"atelier {name}", each, lifeline) for name, each in commands.items()]
        server = None if settings.nats.url else EmbeddedServer(settings.nats, settings.data_dir)
        asyncio.run(Supervisor(server, children).run())


def _check(settings: Settings) -> None:
    """Refuse here, in one sentence, what a child would refuse a moment later."""
    for name, there in (("bot", has_bot()), ("engine", has_engine())):
        if not there:
            raise SettingsError(
                f"The {name} is not installed here. Install it with "
                f"`pip install 'atelier-bot[{name}]'`, or start the other part alone."
            )
    if not settings.discord.token.get_secret_value():
        raise SettingsError(NO_TOKEN)
    load_presets(settings.presets_file, STYLES)
    check_recipes(settings)
