"""What a file is, by its first bytes."""

import pytest
from PIL import Image

from pictures.kinds import Kind, format_of, guess

from .making import file, scene


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_known_formats(format_: str) -> None:
    """Each accepted format is known by its content."""
    assert format_ == format_of(file(scene(), format_))


@pytest.mark.parametrize("format_", ["PPM", "TGA", "PCX", "ICO", "JPEG2000", "SGI", "EPS", "PDF"])
def test_other_parsers_are_out_of_reach(format_: str) -> None:
    """Formats that Pillow could open and we do not accept are not known."""
    assert format_of(file(scene(), format_)) is None


_BOX = b"\x00\x00\x00\x18ftyp"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (_BOX + b"heic\x00\x00\x00\x00mif1heic", Kind.HEIC),
        (_BOX + b"mif1\x00\x00\x00\x00mif1heic", Kind.HEIC),
        (_BOX + b"isom\x00\x00\x02\x00isomiso2", Kind.VIDEO),
        (_BOX + b"qt  \x00\x00\x02\x00qt  qt  ", Kind.VIDEO),
        (_BOX + b"M4A \x00\x00\x02\x00M4A mp42", Kind.AUDIO),
        (_BOX + b"crx \x00\x00\x00\x01crx isom", Kind.RAW),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00", Kind.VIDEO),
        (b"RIFF\x00\x10\x00\x00AVI LIST", Kind.VIDEO),
        (b"RIFF\x00\x10\x00\x00WAVEfmt ", Kind.AUDIO),
        (b"ID3\x04\x00", Kind.AUDIO),
        (b"\xff\x0a\xfa\x1f", Kind.JPEG_XL),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind.JPEG_XL),
        (b"%PDF-1.7\n", Kind.PDF),
        (b"%!PS-Adobe-3.0 EPSF-3.0", Kind.POSTSCRIPT),
        (b"8BPS\x00\x01", Kind.PHOTOSHOP),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", Kind.RAW),
        (b"PK\x03\x04\x14\x00", Kind.ARCHIVE),
        (b"MZ\x90\x00", Kind.PROGRAM),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', Kind.SVG),
        ("\ufeff  <SVG>".encode(), Kind.SVG),
        (b"<!DOCTYPE html><html>", Kind.WEB_PAGE),
        ("just wörds".encode(), Kind.TEXT),
        (b"x" * 4095 + "é".encode(), Kind.TEXT),
        (b"BM is how this sentence starts, and on it goes", Kind.TEXT),
        (bytes(range(200, 255)), None),
    ],
)
def test_guess(data: bytes, kind: Kind | None) -> None:
    """Common files that are no pictures are named; unknown bytes are not."""
    assert (None, kind) == (format_of(data), guess(data))


def test_avif_in_a_neutral_container() -> None:
    """A container that says mif1 first is AVIF where it lists avif among its brands."""
    data = bytearray(file(Image.new("RGB", (16, 16)), "AVIF"))
    data[8:12] = b"mif1"
    assert format_of(bytes(data)) == "AVIF"
