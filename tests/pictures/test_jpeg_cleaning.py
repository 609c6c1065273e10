"""JPEG without what costs time and makes no picture."""

import pytest
from PIL import Image

from pictures.chunks import jpeg_segments
from pictures.decode import decode
from pictures.errors import TooManyParts
from pictures.jpeg_cleaning import SCANS, SEGMENTS, clean_jpeg

from .making import LIMITS, QUARTERS, file, furthest, quarters, scene, srgb_profile


def sideways() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file(scene(), "JPEG", exif=exif, icc_profile=srgb_profile(), comment=b"x" * 99)


def names(data: bytes) -> set[int]:
    return {part.name[0] for part in jpeg_segments(data)}


def test_what_is_kept() -> None:
    """Tables, frame, orientation and profile stay; a comment and other makers' data go."""
    data = sideways()
    data = data[:2] + b"\xff\xed\0\x06abcd" + data[2:]
    assert {0xFE, 0xED} == names(data) - names(clean_jpeg(data))
    assert {0xE1, 0xE2, 0xDB, 0xC0, 0xC4} <= names(clean_jpeg(data))


def test_pixels_stay() -> None:
    """The pixels are those of the whole file, turned as its EXIF says."""
    data = sideways()
    assert decode(data, LIMITS).image.tobytes() == decode(clean_jpeg(data), LIMITS).image.tobytes()
    assert decode(data, LIMITS).image.size == (48, 64)


def test_junk_and_a_second_picture_go() -> None:
    """Fill bytes, zeros between segments, and whatever follows the picture go."""
    data = file(scene(), "JPEG")
    assert clean_jpeg(data) == clean_jpeg(data[:2] + b"\xff" * 9 + bytes(9) + data[2:] + data)


def test_exif_in_pieces() -> None:
    """Only the first EXIF segment is kept: Pillow joins them, and megabytes of it take seconds."""
    data = sideways()
    more = data[:2] + data[2:].replace(
        b"\xff\xdb", b"\xff\xe1\0\x0aExif\0\0ab" * 3 + b"\xff\xdb", 1
    )
    assert clean_jpeg(data) == clean_jpeg(more)


@pytest.mark.parametrize("flood", [b"\xff\xe5\0\2", b"\xff\xfe\0\3x", b"\xff\xdb\0\2"])
def test_too_many_segments(flood: bytes) -> None:
    """A file of nothing but segments is refused."""
    data = file(scene(), "JPEG")
    with pytest.raises(TooManyParts) as caught:
        clean_jpeg(data[:2] + flood * (SEGMENTS + 1) + data[2:])
    assert ("segment", SEGMENTS) == (caught.value.part, caught.value.limit)


def test_too_many_scans() -> None:
    """Each scan goes over the whole picture: a thousand of them are refused, ten are normal."""
    data = file(scene(), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    clean_jpeg(data)
    with pytest.raises(TooManyParts) as caught:
        clean_jpeg(data[:-2] + last * SCANS + b"\xff\xd9")
    assert caught.value.part == "scan"


def test_large_picture_is_unpacked_small() -> None:
    """A picture of many times the kept side keeps its colours and its full size is told."""
    decoded = decode(file(scene((2000, 1600)), "JPEG", quality=95), LIMITS)
    assert ((512, 410), (2000, 1600)) == (decoded.image.size, decoded.full_size)
    assert furthest(quarters(decoded.image), list(QUARTERS.values())) <= 4


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\xff\xff", b"\xff\xd8\xff\xda"]
)
def test_next_to_nothing(data: bytes) -> None:
    """A file that ends at once is cleaned without an error; the decoder refuses it."""
    assert clean_jpeg(data).startswith(b"\xff\xd8")
