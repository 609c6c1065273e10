"""Opening and sizing our own pictures."""

import pytest
from PIL import Image

from pictures.errors import TooManyPixels, UnreadableImage
from pictures.open import opaque, open_normalised, over, resize_to

from .making import QUARTERS, file, png, quarters, scene


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_open_normalised(mode: str) -> None:
    """Our own pictures open as they were kept."""
    image = scene().convert(mode)
    opened = open_normalised(file(image, "PNG"), 4000)
    assert (mode, image.tobytes()) == (opened.mode, opened.tobytes())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        file(scene(), "JPEG"),
        file(scene(), "PNG")[:-40],
        file(scene().convert("L"), "PNG"),
        file(scene().quantize(4), "PNG"),
    ],
    ids=["empty", "magic only", "JPEG", "cut off", "grey", "palette"],
)
def test_only_our_own(data: bytes) -> None:
    """Anything but a PNG of ours is refused."""
    with pytest.raises(UnreadableImage):
        open_normalised(data, 4000)


def test_pixel_limit_comes_first() -> None:
    """Too many pixels are refused from the header."""
    with pytest.raises(TooManyPixels) as caught:
        open_normalised(png(60000, 60000, b""), 4_000_000)
    assert (caught.value.width, caught.value.height) == (60000, 60000)


def test_resize_to() -> None:
    """A picture is enlarged or shrunk to the long side, its aspect and colours the same."""
    image = resize_to(scene((80, 40)), 200, 16)
    assert image.size == (200, 100)
    assert list(QUARTERS.values()) == quarters(image)


def test_same_size_is_the_same_picture() -> None:
    """Nothing is resampled where the size is right already."""
    image = scene()
    assert image is resize_to(image, 64, 16)


def test_opaque_fills_with_the_visible_mean() -> None:
    """What is transparent takes the mean of the visible colours, hidden ones do not count."""
    image = Image.new("RGBA", (40, 40), (0, 255, 0, 0))
    image.paste((200, 100, 0, 255), (0, 0, 10, 40))
    image.paste((100, 200, 0, 255), (10, 0, 20, 40))
    result = opaque(image)
    assert (
        result.mode,
        result.getpixel((30, 5)),
        result.getpixel((5, 5)),
    ) == ("RGB", (150, 150, 0), (200, 100, 0))


def test_opaque_where_nothing_is_visible() -> None:
    """A wholly transparent picture becomes grey."""
    assert opaque(Image.new("RGBA", (4, 4), (9, 9, 9, 0))).getpixel((0, 0)) == (128, 128, 128)


def test_over() -> None:
    """A half transparent colour is mixed with the background."""
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 51))
    assert over(image, (255, 255, 255)).getpixel((0, 0)) == (204, 204, 204)
