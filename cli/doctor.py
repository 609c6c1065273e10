"""`atelier doctor`: is all here that this machine needs, and if not, what to do."""

from collections.abc import Iterator

import click

from cli.checks.engine import check_engine
from cli.checks.files import check_data_dir, check_presets
from cli.checks.finding import Finding, Mark, broken, note
from cli.checks.queue import check_queue
from cli.checks.token import check_token
from cli.hosting import has_bot, has_engine
from config import Settings, SettingsError, load_settings

_PARTS = {"run": ("bot", "engine"), "bot": ("bot",), "engine": ("engine",)}
"""What each command starts."""


@click.command()
@click.argument("command", type=click.Choice(list(_PARTS)), required=False)
def doctor(command: str | None) -> None:
    """Check token, queue, device, weights and files, and say what to do.

    COMMAND is what this machine is to run: `atelier run`, `atelier bot` or `atelier engine`. Left
    out, all that is installed here is looked at. Nothing is downloaded or changed. Exit code 0
    where all that is needed is fine, else 1.
    """
    marks = []
    for finding in examine(command):
        click.echo(finding.line)
        marks.append(finding.mark)
    if Mark.BROKEN in marks:
        click.echo("\nMend what is marked ✗, then ask the doctor again.")
        raise SystemExit(1)
    click.echo("\nAll that is needed is here.")


def examine(command: str | None = None) -> Iterator[Finding]:
    """All findings for what `command` starts, each as soon as it is known."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield broken("settings", str(error), "Nothing else can be checked before.")
        return
    parts = _PARTS[command or "run"]
    if "bot" in parts:
        yield from _bot(settings, must=command is not None)
    yield from _data_and_queue(settings, engine_alone=command == "engine")
    if "engine" in parts:
        yield from _engine(settings, must=command is not None)
    yield check_presets(settings)


def _bot(settings: Settings, *, must: bool) -> Iterator[Finding]:
    if has_bot():
        yield from check_token(settings.discord)
    elif must:
        yield broken("bot", "not installed here.", _extra("bot"))
    elif has_engine():
        yield note("bot", "not installed here: this machine can only paint.", _extra("bot"))
    else:
        todo = f"{_extra('bot')} {_extra('engine')}"
        yield broken("bot", "neither bot nor engine is installed here.", todo)


def _data_and_queue(settings: Settings, *, engine_alone: bool) -> Iterator[Finding]:
    """The data directory, and the queue, which is in it where it is nowhere else."""
    data = check_data_dir(settings.data_dir)
    elsewhere = bool(settings.nats.url)
    if not (engine_alone and elsewhere):
        yield data
    if elsewhere or data.mark is not Mark.BROKEN:
        yield from check_queue(settings)
    else:
        yield note("queue", "not looked at: it is kept in the data directory.")


def _engine(settings: Settings, *, must: bool) -> Iterator[Finding]:
    if has_engine():
        yield from check_engine(settings)
    elif must:
        yield broken("engine", "not installed here.", _extra("engine"))
    elif has_bot():
        todo = f"Another machine must run `atelier engine` on the same queue. {_extra('engine')}"
        yield note("engine", "not installed here: this machine can only run the bot.", todo)


def _extra(name: str) -> str:
    return f"To have the {name} here: pip install 'atelier-bot[{name}]'."
