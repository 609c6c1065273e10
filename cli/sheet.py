"""`atelier sheet`: a photo in every preset, small, on one picture, without bot or queue."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.files import check_output, read_image, write_file
from cli.main import missing
from cli.progress import painting_bar
from config import Settings, SettingsError, load_settings
from config.logs import configure_logging
from jobs.errors import JobError
from jobs.job import Cell
from jobs.presets import load_presets
from jobs.sheet import on_a_sheet, sheet_cells
from pictures.read import Picture
from samples import STYLES

if TYPE_CHECKING:
    # It imports torch, which takes seconds: not before the inputs are known to be good.
    from engine.painted import Painted

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("photo", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="A .png, .jpg, .jpeg or .webp.")
def sheet(photo: Path, output: Path) -> None:
    """Paint PHOTO at once in each preset that has a painting, small, on one sheet."""
    try:
        settings = load_settings()
        # Somebody looks at a progress bar here; what goes as it should is no news.
        level = settings.log.level if settings.log.level in {"debug", "error"} else "warning"
        configure_logging(settings.log.model_copy(update={"level": level}))
        presets = on_a_sheet(load_presets(settings.presets_file, STYLES))
        prefer = check_output(output, [photo])
        content = read_image(photo, settings)
        styles = [read_image(preset.picture, settings) for preset in presets if preset.picture]
        cells = sheet_cells(presets, [style.digest for style in styles], settings)
    except (SettingsError, JobError) as error:
        raise click.ClickException(str(error)) from error
    painted = _paint(cells, content, styles, settings)
    write_file(output, painted.encode(None, prefer).data)
    if painted.note:
        click.echo(painted.note, err=True)
    click.echo(output)


def _paint(
    cells: Sequence[Cell], content: Picture, styles: Sequence[Picture], settings: Settings
) -> "Painted":
    try:
        from engine.errors import EngineError
        from engine.solo import paint_sheet
    except ModuleNotFoundError as error:
        raise click.ClickException(missing("sheet", error.name or "torch")) from error
    try:
        with painting_bar() as bar:
            return paint_sheet(cells, content, styles, settings, bar.show)
    except EngineError as error:
        raise click.ClickException(str(error)) from error
