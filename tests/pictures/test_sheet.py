"""Contact sheets: pictures in rows, each with its name."""

import pytest
from PIL import Image

from pictures.sheet import Labelled, contact_sheet


def labelled(count: int, size: tuple[int, int], name: str = "Name") -> list[Labelled]:
    return [Labelled(name, Image.new("RGB", size, "red")) for _ in range(count)]


@pytest.mark.parametrize(
    ("size", "columns"), [((144, 108), 3), ((144, 144), 3), ((144, 18), 2), ((18, 144), 4)]
)
def test_about_square(size: tuple[int, int], columns: int) -> None:
    """Nine pictures stand in as many columns as make the sheet as wide as it is high."""
    sheet = contact_sheet(labelled(9, size))
    assert sheet.width == columns * (max(size[0], 96) + 8) + 8


def test_pictures_are_as_they_were() -> None:
    """A picture is laid as it is, below the margin of the first cell."""
    sheet = contact_sheet(labelled(4, (100, 80)))
    assert sheet.crop((8, 8, 108, 88)).getcolors() == [(8000, (255, 0, 0))]


def test_names_are_written() -> None:
    """Beneath the picture there is ink in its cell, and none in the margin beside it."""
    sheet = contact_sheet(labelled(1, (100, 80), "A very long name that has no room in there"))
    assert sheet.crop((8, 88, 108, 110)).convert("L").getextrema()[0] < 128
    assert sheet.crop((0, 88, 8, 118)).convert("L").getextrema() == (255, 255)


def test_transparency_is_white() -> None:
    """What is transparent shows the sheet."""
    clear = Labelled("Name", Image.new("RGBA", (100, 80), (255, 0, 0, 0)))
    assert contact_sheet([clear]).getpixel((50, 40)) == (255, 255, 255)
