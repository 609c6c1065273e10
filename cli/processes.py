"""`atelier bot` and `atelier engine`: one process of the house, in this one."""

import click

from cli.main import missing


@click.command()
def bot() -> int:
    """Run the bot alone. The queue is where ATELIER_NATS__URL or the data directory says."""
    try:
        from bot.__main__ import main
    except ModuleNotFoundError as error:
        raise click.ClickException(missing("bot", error.name or "bot")) from error
    return main()


@click.command()
def engine() -> int:
    """Run an engine alone. The queue is where ATELIER_NATS__URL or the data directory says."""
    try:
        from engine.__main__ import main
    except ModuleNotFoundError as error:
        raise click.ClickException(missing("engine", error.name or "engine")) from error
    return main()
