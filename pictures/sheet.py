"""A sheet of small pictures, each with its name beneath."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from pictures.open import over

_GAP = 8
_LINE = 22
"""Height of a name, in px."""
_LETTERS = 14
_LEAST_WIDTH = 96
"""Of a cell in px, so that a name has room under a narrow picture."""
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_WHITE, _INK = (255, 255, 255), (32, 32, 32)


@dataclass(frozen=True)
class Labelled:
    """A picture, RGB or RGBA, and its name."""

    name: str
    picture: Image.Image


def contact_sheet(pictures: Sequence[Labelled]) -> Image.Image:
    """The pictures in rows on white, RGB, about as wide as it is high; each in its own size.

    A cell is as large as the largest picture, its name included.
    """
    width = max(_LEAST_WIDTH, *(each.picture.width for each in pictures))
    height = max(each.picture.height for each in pictures) + _LINE
    columns = _columns(len(pictures), width + _GAP, height + _GAP)
    rows = math.ceil(len(pictures) / columns)
    size = (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _WHITE)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LETTERS)
    for number, each in enumerate(pictures):
        row, column = divmod(number, columns)
        left, top = _GAP + column * (width + _GAP), _GAP + row * (height + _GAP)
        shown = over(each.picture, _WHITE)
        room = height - _LINE - shown.height
        sheet.paste(shown, (left + (width - shown.width) // 2, top + room // 2))
        middle = left + width / 2, top + height - _LINE / 2
        draw.text(middle, _shortened(each.name, draw, font, width), _INK, font, anchor="mm")
    return sheet


def _columns(count: int, width: int, height: int) -> int:
    """As many as make the whole a square, as nearly as cells of that size can."""
    return min(count, max(1, round(math.sqrt(count * height / width))))


def _shortened(name: str, draw: ImageDraw.ImageDraw, font: _Font, width: int) -> str:
    """`name`, or as much of it as has room, with dots behind."""
    shown = name
    while draw.textlength(shown, font) > width and len(shown) > 1:
        name = name[:-1].rstrip()
        shown = f"{name}…"
    return shown
