"""`atelier recipe`: how a picture was painted, out of the picture itself."""

from pathlib import Path

import click
from pydantic import ValidationError

from cli.files import read_file
from jobs.recipe import Recipe
from pictures.metadata import read_recipe

_LIMIT = 1 << 30


@click.command()
@click.argument("picture", type=click.Path(path_type=Path))
def recipe(picture: Path) -> None:
    """Print the recipe inside PICTURE, a file that Atelier painted, as JSON."""
    found = recipe_of(picture, read_file(picture, _LIMIT))
    if found is None:
        raise click.ClickException(
            f"There is no recipe in {picture}. It is in the files that Atelier makes, unless "
            "another program has saved them since."
        )
    click.echo(found.model_dump_json(indent=2))


def recipe_of(path: Path, data: bytes) -> Recipe | None:
    """The recipe inside a picture's file, if there is one. Raises ClickException."""
    text = read_recipe(data)
    if text is None:
        return None
    try:
        return Recipe.model_validate_json(text)
    except ValidationError:
        raise click.ClickException(
            f"The recipe in {path} is not one that this version of Atelier can read."
        ) from None
