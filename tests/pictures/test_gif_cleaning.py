"""GIF without what comes before its first frame."""

import pytest

from pictures.decode import decode
from pictures.errors import TooManyParts
from pictures.gif_cleaning import PARTS, clean_gif

from .making import LIMITS, file, scene

FRAME = b"\x2c\0\0\0\0\x40\0"


def before_frame(flood: bytes) -> bytes:
    data = file(scene(), "GIF")
    at = data.index(FRAME)
    return data[:at] + flood + data[at:]


@pytest.mark.parametrize(
    "flood",
    [
        b"",
        b"\x21\xfe\x03abc\x02de\0",
        b"\x21\xff\x0bNETSCAPE2.0\x03\1\0\0\0",
        b"\0\0\0",
        b"\x01\x02",
    ],
    ids=["nothing", "comment", "application", "zeros", "junk"],
)
def test_what_goes(flood: bytes) -> None:
    """Comments, applications' data and junk before the first frame go, the rest stays."""
    assert file(scene(), "GIF") == clean_gif(before_frame(flood))


def test_transparency_stays() -> None:
    """The last graphic control before the frame stays, which names the transparent colour."""
    paletted = scene().quantize(4)
    data = file(paletted, "GIF", transparency=paletted.getpixel((0, 0)), comment=b"hello")
    expected = decode(data, LIMITS).image
    assert expected.mode == "RGBA"
    assert expected.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert b"hello" not in clean_gif(data)


@pytest.mark.parametrize("flood", [b"\x21\xfe\x01A\0", b"\x21\xff\0", b"\x21\xf9\x04\0\0\0\0\0"])
def test_too_many_extensions(flood: bytes) -> None:
    """A file of nothing but extensions is refused, whether they hold something or not."""
    with pytest.raises(TooManyParts) as caught:
        clean_gif(before_frame(flood * (PARTS + 1)))
    assert ("block", PARTS) == (caught.value.part, caught.value.limit)


def test_one_comment_of_too_many_blocks() -> None:
    """One comment in blocks of a byte is refused too."""
    with pytest.raises(TooManyParts):
        clean_gif(before_frame(b"\x21\xfe" + b"\x01A" * (PARTS + 1) + b"\0"))


@pytest.mark.parametrize("length", [6, 10, 13, 14, 30])
def test_cut_off(length: int) -> None:
    """A file that ends before its first frame is cleaned without an error."""
    assert file(scene(), "GIF").startswith(clean_gif(file(scene(), "GIF")[:length])[:13])
