"""A contact sheet: styles across, photos down, the originals at the edges."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from pictures.sizes import scaled


def contact_sheet(
    contents: Sequence[Path],
    styles: Sequence[Path],
    paintings: Mapping[tuple[str, str], Image.Image],
    cell: int = 256,
) -> Image.Image:
    """A table of pictures, `cell` px a cell; `paintings` by the stems of content and style."""
    sheet = Image.new("RGB", (cell * (len(styles) + 1), cell * (len(contents) + 1)), "white")
    for column, style in enumerate(styles, start=1):
        _lay(sheet, Image.open(style), column, 0, cell)
    for row, content in enumerate(contents, start=1):
        _lay(sheet, Image.open(content), 0, row, cell)
        for column, style in enumerate(styles, start=1):
            _lay(sheet, paintings[content.stem, style.stem], column, row, cell)
    return sheet


def _lay(sheet: Image.Image, picture: Image.Image, column: int, row: int, cell: int) -> None:
    """Put `picture` in the middle of a cell, with a margin."""
    small = picture.convert("RGB").resize(scaled(picture.size, cell - 8, min_side=1))
    left, top = ((cell - side) // 2 for side in small.size)
    sheet.paste(small, (column * cell + left, row * cell + top))
