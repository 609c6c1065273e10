"""Contact sheets: a row a pair, a column a method, the originals at the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.quality.pairs import Pair
from benchmarks.quality.records import Record
from pictures.sizes import scaled

_LINE, _MARGIN = 20, 4
_MOST_BYTES = 600_000
_QUALITIES = (92, 88, 84, 80, 75, 70, 60, 50)


@dataclass(frozen=True)
class Column:
    """A title, and a picture for each pair by its name; one that is missing stays white."""

    title: str
    pictures: dict[str, Image.Image]


def columns(records: Sequence[Record], folder: Path) -> list[Column]:
    """A column for each method and strength, in the order of the records."""
    found: dict[str, Column] = {}
    for record in records:
        title = f"{record.method}, {record.strength:g}"
        column = found.setdefault(title, Column(title, {}))
        with Image.open(folder / record.picture) as picture:
            column.pictures[record.pair] = picture.convert("RGB")
    return list(found.values())


def contact_sheet(pairs: Sequence[Pair], painted: Sequence[Column], cell: int) -> Image.Image:
    """A table of pictures, `cell` px a cell."""
    opened = {pair.name: pair.opened() for pair in pairs}
    originals = [
        Column(title, {name: both[place] for name, both in opened.items()})
        for place, title in enumerate(("photo", "style"))
    ]
    every = [*originals, *painted]
    page = Image.new("RGB", (cell * len(every), _LINE + cell * len(pairs)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for place, column in enumerate(every):
        draw.text((place * cell + _MARGIN, 2), column.title, fill="black", font=font)
        for row, pair in enumerate(pairs):
            if pair.name in column.pictures:
                _lay(page, column.pictures[pair.name], place * cell, _LINE + row * cell, cell)
    return page


def _lay(page: Image.Image, picture: Image.Image, left: int, top: int, cell: int) -> None:
    """Put `picture` in the middle of a cell, with a margin."""
    size = scaled(picture.size, cell - 2 * _MARGIN, min_side=1)
    small = picture.resize(size, Image.Resampling.LANCZOS)
    page.paste(small, (left + (cell - size[0]) // 2, top + (cell - size[1]) // 2))


def save(page: Image.Image, path: Path) -> None:
    """As a JPEG within 600 KB."""
    for quality in _QUALITIES:
        page.save(path, quality=quality)
        if path.stat().st_size <= _MOST_BYTES:
            return
