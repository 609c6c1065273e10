"""`atelier demo`: the bot at work without a Discord account, and it ends with pictures."""

import sys
from pathlib import Path

import click

from config import SettingsError
from jobs.errors import JobError
from sandbox.demo import DemoError, Play, play


@click.command()
@click.option("--content", type=click.Path(path_type=Path), help="The photo; a sample if left out.")
@click.option("--style", type=click.Path(path_type=Path), help="The painting; likewise.")
@click.option("--size", type=click.IntRange(64, 1024), help="Long side of the pictures in px.")
@click.option("--steps", type=click.IntRange(1, 1000), help="Steps; the recipe's own if left out.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True,
    help="Folder for the pictures and the transcript.",
)  # fmt: skip
def demo(
    content: Path | None, style: Path | None, size: int | None, steps: int | None, out: Path
) -> None:
    """Play a scene in a simulated Discord: /stylize, then a reaction; real queue and engine."""
    given = {"content": content, "style": style, "size": size, "steps": steps}
    wanted = Play(out=out, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # each is of its field's type
    try:
        paths = play(wanted, _say)
    except (DemoError, SettingsError, JobError) as error:
        click.echo(getattr(error, "detail", "") or str(error), err=True)
        sys.exit(2)
    for path in paths:
        click.echo(path)


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
