"""What a TIFF's directory asks for."""

import struct

import pytest

from pictures.errors import DecompressionBomb, PictureError, TooManyParts
from pictures.tiff_directory import ENTRIES, PIECES, check_directory

from .hostile import tiff
from .making import file, scene


def refused(data: bytes) -> PictureError:
    with pytest.raises(PictureError) as caught:
        check_directory(data)
    return caught.value


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("packing", ["raw", "tiff_lzw"])
def test_sound(packing: str, big: bool) -> None:
    """A sound file passes, BigTIFF or not."""
    check_directory(file(scene(), "TIFF", compression=packing, big_tiff=big))


@pytest.mark.parametrize(("tag", "part"), [(273, "strip"), (324, "tile")])
def test_too_many_pieces(tag: int, part: str) -> None:
    """As many strips or tiles as are taken pass, one more does not, in either byte order."""
    check_directory(tiff([(tag, 4, PIECES, 8)]))
    swapped = b"MM\0*" + struct.pack(">IHHHII", 8, 1, tag, 4, PIECES + 1, 8)
    for data in (tiff([(tag, 4, PIECES + 1, 8)]), swapped):
        error = refused(data)
        assert isinstance(error, TooManyParts)
        assert (part, PIECES) == (error.part, error.limit)


def test_too_many_pieces_in_big_tiff() -> None:
    """BigTIFF counts in eight bytes."""
    data = b"II+\0\x08\0\0\0" + struct.pack("<QQHHQQ", 16, 1, 324, 4, 1 << 40, 8)
    assert isinstance(refused(data), TooManyParts)


def test_too_many_entries() -> None:
    """A directory of more entries than any camera writes is refused."""
    assert isinstance(refused(tiff([(tag, 3, 1, 1) for tag in range(ENTRIES + 1)])), TooManyParts)


def test_values_that_share_their_bytes() -> None:
    """Many values that are each a copy of the same bytes come to more than the file: a bomb."""
    error = refused(tiff([(tag, 7, 1 << 20, 8) for tag in range(1000, 1020)], bytes(1 << 20)))
    assert isinstance(error, DecompressionBomb)
    assert error.part == "tags"


@pytest.mark.parametrize("data", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0+\0\x08", b"ab"])
def test_damaged(data: bytes) -> None:
    """A damaged directory passes here: the decoder says what is wrong."""
    check_directory(data)
