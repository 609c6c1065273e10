"""`atelier recolour`: how much of the photo's colours a painting keeps, chosen afterwards."""

from pathlib import Path

import click

from cli.files import check_output, read_file, read_image, write_file
from cli.recipe import recipe_of
from config import Settings, SettingsError, load_settings
from jobs.errors import OutOfBounds
from jobs.recipe import Recipe
from jobs.wish import share
from pictures.colour import keep_more_colours
from pictures.encode import Format, encode
from pictures.open import open_normalised
from pictures.read import Picture
from pictures.sizes import same_aspect

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("painting", type=_FILE)
@click.option("--photo", type=_FILE, required=True, help="The photo that it was painted from.")
@click.option(
    "--keep-colours",
    "amount",
    type=float,
    required=True,
    help="0 to 1: how much of the photo's colours stays.",
)
@click.option("-o", "--output", type=_FILE, required=True, help="A .png, .jpg, .jpeg or .webp.")
def recolour(painting: Path, photo: Path, amount: float, output: Path) -> None:
    """Keep more of the photo's colours in PAINTING, which is not painted anew for it.

    Out of a PNG that was painted with --keep-colours 0 comes the very picture that would have been
    painted with another strength.
    """
    try:
        settings, amount = load_settings(), share(amount, 0.0)
    except (SettingsError, OutOfBounds) as error:
        raise click.ClickException(str(error)) from error
    prefer = check_output(output, [painting, photo])
    recipe = recipe_of(painting, read_file(painting, settings.pictures.max_bytes))
    kept = recipe.keep_colours if recipe else 0.0
    if amount < kept:
        raise click.ClickException(
            f"{painting} keeps {kept:g} of the photo's colours, and fewer cannot be had from it. "
            "Paint it once with --keep-colours 0: from that picture comes every strength."
        )
    data = _recoloured(_open(painting, photo, settings), recipe, (kept, amount), settings, prefer)
    write_file(output, data)
    click.echo(output)


def _open(painting: Path, photo: Path, settings: Settings) -> tuple[Picture, Picture]:
    painted, content = read_image(painting, settings), read_image(photo, settings)
    if painted.shrunk_from is not None:
        raise click.ClickException(
            f"{painting} is larger than the {settings.pictures.keep_side} px at which pictures are "
            "kept here. Set ATELIER_PICTURES__KEEP_SIDE to its long side."
        )
    if not same_aspect((painted.width, painted.height), (content.width, content.height)):
        raise click.ClickException(
            f"{photo} has {content.width}×{content.height} px, which is another shape than "
            f"{painting} has with {painted.width}×{painted.height}. Name the photo that it was "
            "painted from."
        )
    return painted, content


def _recoloured(
    pictures: tuple[Picture, Picture],
    recipe: Recipe | None,
    strengths: tuple[float, float],
    settings: Settings,
    prefer: Format,
) -> bytes:
    """The file, with its recipe as it would have been."""
    limit = settings.pictures.max_pixels
    painted, content = (open_normalised(picture.png, limit) for picture in pictures)
    image = keep_more_colours(painted, content, *strengths)
    text = ""
    if recipe is not None:
        text = recipe.model_copy(update={"keep_colours": strengths[1]}).model_dump_json()
    return encode(image, limit_bytes=None, recipe_json=text, prefer=prefer).data
