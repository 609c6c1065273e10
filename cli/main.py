"""The command line `atelier`. A command's module is imported when the command is used.

So a host with the bot alone needs no torch, and one with an engine alone no discord.py.
"""

import importlib
import sys
from typing import Any, NamedTuple

import click

BAD_INPUT = 2
INTERRUPTED = 130


class Entry(NamedTuple):
    """Where a command is, and what it does in a line."""

    target: str
    line: str


COMMANDS = {
    "run": Entry("cli.run:run", "Queue, engine and bot on this machine."),
    "bot": Entry("cli.processes:bot", "The bot alone; the queue is elsewhere."),
    "engine": Entry("cli.processes:engine", "An engine alone; the queue is elsewhere."),
    "sandbox": Entry("cli.sandbox:sandbox", "Play with the bot in a browser page."),
    "demo": Entry("cli.demo:demo", "A scripted scene that ends with pictures."),
    "stylize": Entry("cli.stylize:stylize", "Paint a picture here, without bot or queue."),
    "sheet": Entry("cli.sheet:sheet", "Paint a photo in the presets at once, small."),
    "recolour": Entry("cli.recolour:recolour", "Keep more of a photo's colours in its painting."),
    "recipe": Entry("cli.recipe:recipe", "Show the recipe inside a picture."),
    "doctor": Entry("cli.doctor:doctor", "Check this machine, and say what to do."),
}


class Commands(click.Group):
    """The commands of the table; whatever is wrong with an input ends in one sentence and a 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command: click.Command = getattr(_imported(module, cmd_name), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and exit with its status: 0, 2 for bad input, 130 for Ctrl-C."""
        try:
            status = super().main(
                *args, **{"prog_name": "atelier"} | extra | {"standalone_mode": False}
            )
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(BAD_INPUT)
        except click.ClickException as error:
            click.echo(_one_line(error.format_message()), err=True)
            sys.exit(BAD_INPUT)
        except click.Abort:
            sys.exit(INTERRUPTED)
        sys.exit(status if isinstance(status, int) else 0)


@click.command(cls=Commands)
@click.version_option(package_name="atelier-bot", message="atelier %(version)s")
def main() -> None:
    """Atelier: a Discord bot that paints photos in the style of paintings."""


def _imported(module: str, command: str) -> Any:
    """The module; a part that is not installed is named, with how to install it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise click.ClickException(missing(command, error.name or module)) from error


def missing(command: str, module: str) -> str:
    """What to do where `command` lacks a module."""
    extra = {"bot": "bot", "demo": "sandbox", "run": "sandbox", "sandbox": "sandbox"}
    return (
        f"`atelier {command}` needs {module}, which is not installed here. "
        f"Install it with `pip install 'atelier-bot[{extra.get(command, 'engine')}]'`."
    )


def _one_line(message: str) -> str:
    return " ".join(message.split())
