"""The pictures of a painting on the command line: opened, checked, and named in its recipe."""

from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

import click

from cli.files import read_image
from config import Settings
from jobs.recipe import Recipe
from pictures.errors import PictureError
from pictures.masks import as_mask, check_mask, check_rest
from pictures.open import open_normalised
from pictures.read import Picture
from pictures.sentences import sentence


@dataclass(frozen=True)
class Files:
    """The pictures that were named."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...]
    init: Path | None

    @property
    def all(self) -> list[Path]:
        """Every one."""
        return [self.content, *self.styles, *self.masks, *([self.init] if self.init else [])]


@dataclass(frozen=True)
class Sitting:
    """All that is needed to paint, opened and checked."""

    recipe: Recipe
    content: Picture
    styles: tuple[Picture, ...]
    masks: tuple[Picture, ...]
    """The recipe's, each once."""
    init: Picture | None


def opened(recipe: Recipe, files: Files, settings: Settings) -> Sitting:
    """The pictures, and `recipe` with their digests. Raises ClickException with a sentence."""
    read = partial(read_image, settings=settings, long_side=recipe.size)
    photo = read(files.content)
    paintings = tuple(read(style) for style in files.styles)
    masks = tuple(read(mask) for mask in files.masks)
    start = read(files.init) if files.init else None
    found = zip_longest(recipe.styles, paintings, masks)
    styles = tuple(
        style.model_copy(update={"digest": painting.digest, "mask": mask.digest if mask else None})
        for style, painting, mask in found
    )
    digests = {"styles": styles, "init_digest": start.digest if start else None}
    recipe = recipe.model_copy(update=digests)
    _check_masks(recipe, photo, files.masks, masks, settings)
    # Two styles may have one mask, and the recipe names it once.
    distinct = tuple({mask.digest: mask for mask in masks}.values())
    return Sitting(recipe, photo, paintings, distinct, start)


def _check_masks(
    recipe: Recipe,
    photo: Picture,
    paths: tuple[Path, ...],
    pictures: tuple[Picture, ...],
    settings: Settings,
) -> None:
    """Before torch is imported. Raises ClickException."""
    size = photo.width, photo.height
    limit = settings.pictures.max_pixels
    masks = [as_mask(open_normalised(picture.png, limit)) for picture in pictures]
    for path, mask in zip(paths, masks, strict=True):
        try:
            check_mask(mask, size)
        except PictureError as error:
            raise click.ClickException(f"{path}: {sentence(error)}") from error
    if masks and recipe.styles_rest:
        try:
            check_rest(masks, size)
        except PictureError as error:
            raise click.ClickException(sentence(error)) from error
