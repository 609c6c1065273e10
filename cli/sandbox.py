"""`atelier sandbox`: the bot in a simulated Discord, in a browser page, for two members to play."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click
from simcord import SetupError

from cli.child import Child, atelier_command
from cli.keeping import Refused, keep
from config import Settings, SettingsError
from config.logs import configure_logging
from jobs.errors import JobError
from jobs.lifeline import Lifeline
from samples import PHOTOS, STYLES
from sandbox.door import PortTaken
from sandbox.playground import EngineEnded, Playground, open_playground, playground_settings
from sandbox.stage import engine_variables

CANNOT_START = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 5.0
"""For the engine; with what else has to end, a Ctrl-C takes less than ten seconds."""

_WELCOME = """
Here is Atelier in a simulated Discord. No account is needed, and nothing leaves this machine.
Open one page for each member, side by side:

{pages}

What to try:
  1. Type /stylize into the message box and press Enter. Choose a photo for `content`. Then click
     "+8 more", pick `style`, choose a painting for it, and press Enter once more. Pictures lie in
       {photos}
       {styles}
     The message shows its place in line, then the painting as it grows, then the result.
  2. Ask as the other member while the first picture is painted: that one sees its place in line.
  3. Click an emoji under a picture: the same pictures are painted in that preset's manner.
     The menu under it paints the photo in a preset's own style.
  4. Give the bot something it cannot use: a text file, layers that do not exist, size 5000.
     /help and /presets say what there is.

The pages follow by themselves, and may be reloaded at any time. Ctrl-C ends everything.
"""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65534),
    default=0,
    show_default=True,
    help="Port of the first member's page; the second has the next one. 0: free ones.",
)
def sandbox(port: int) -> None:
    """Play with the bot in a browser page: a simulated Discord, real queue and real engine.

    Needs no account. Ctrl-C ends everything. Exit code 2 where it cannot start.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="atelier-sandbox-") as folder:
            settings = playground_settings(Path(folder))
            configure_logging(settings.log)
            asyncio.run(_until_signal(settings, port))
    except (SettingsError, JobError, Refused, PortTaken, SetupError, EngineEnded) as error:
        click.echo(getattr(error, "detail", "") or str(error), err=True)
        sys.exit(CANNOT_START)
    click.echo("Everything has ended.")


async def _until_signal(settings: Settings, port: int) -> None:
    playing = asyncio.create_task(_play(settings, port), name="playground")
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    with suppress(asyncio.CancelledError):
        await playing


async def _play(settings: Settings, port: int) -> None:
    _say("Starting the queue, the engine and the bot…")
    async with open_playground(settings, kept_engine, port) as playground:
        await playground.ready()
        _say(_welcome(playground))
        await playground.over()
        _say("The session was ended in the page.")


@asynccontextmanager
async def kept_engine(settings: Settings) -> AsyncIterator["asyncio.Future[int]"]:
    """An engine that is started again when it dies, and cannot outlive this process."""
    with Lifeline() as lifeline:
        variables = engine_variables(settings)
        engine = Child("atelier engine", atelier_command("engine"), lifeline, variables)
        await engine.start()
        keeping = asyncio.ensure_future(_keep(engine))
        try:
            yield keeping
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            await engine.stop(_GRACE_SECONDS)


async def _keep(engine: Child) -> int:
    await keep(engine.name, engine)


def _welcome(playground: Playground) -> str:
    width = max(len(name) for name in playground.doors)
    pages = [f"  {name:<{width}}  {door.url}" for name, door in playground.doors.items()]
    return _WELCOME.format(pages="\n".join(pages), photos=PHOTOS, styles=STYLES)


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
