"""`atelier doctor`: is all here that this machine needs, and if not, what to do."""

from collections.abc import Iterator

import click

from cli.checks.engine import check_engine
from cli.checks.files import check_files
from cli.checks.finding import Finding, Mark, broken, note
from cli.checks.queue import check_queue
from cli.checks.token import check_token
from cli.hosting import has_bot, has_engine
from config import Settings, SettingsError, load_settings


@click.command()
def doctor() -> None:
    """Check token, queue, device, weights and files, and say what to do.

    Nothing is downloaded or changed. Exit code 0 where all that is needed is fine, else 1.
    """
    marks = []
    for finding in examine():
        click.echo(finding.line)
        marks.append(finding.mark)
    if Mark.BROKEN in marks:
        click.echo("\nMend what is marked ✗, then ask the doctor again.")
        raise SystemExit(1)
    click.echo("\nAll that is needed is here.")


def examine() -> Iterator[Finding]:
    """All findings, each as soon as it is known."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield broken("settings", str(error), "Nothing else can be checked before.")
        return
    yield from _bot(settings)
    yield from check_queue(settings)
    yield from _engine(settings)
    yield from check_files(settings)


def _bot(settings: Settings) -> Iterator[Finding]:
    if has_bot():
        yield from check_token(settings.discord)
    elif has_engine():
        yield note("bot", "not installed here: this machine can only paint.", _extra("bot"))
    else:
        todo = f"{_extra('bot')} {_extra('engine')}"
        yield broken("bot", "neither bot nor engine is installed here.", todo)


def _engine(settings: Settings) -> Iterator[Finding]:
    if has_engine():
        yield from check_engine(settings.engine)
    elif has_bot():
        todo = f"Another machine must run `atelier engine` on the same queue. {_extra('engine')}"
        yield note("engine", "not installed here: this machine can only run the bot.", todo)


def _extra(name: str) -> str:
    return f"To have the {name} here: pip install 'atelier-bot[{name}]'."
