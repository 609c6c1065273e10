"""What a file is, by its first bytes and never by its name."""

from enum import StrEnum

HEAD = 4096
"""Bytes that `format_of` and `guess` look at."""


class Kind(StrEnum):
    """Files that people send and that are not taken, as a sentence would name them."""

    EMPTY = "empty"
    HEIC = "HEIC"
    JPEG_XL = "JPEG XL"
    JPEG_2000 = "JPEG 2000"
    SVG = "SVG"
    PDF = "PDF"
    POSTSCRIPT = "PostScript"
    PHOTOSHOP = "Photoshop"
    GIMP = "GIMP"
    RAW = "camera raw"
    ICON = "icon"
    OTHER_IMAGE = "another kind of image"
    VIDEO = "video"
    AUDIO = "audio"
    ARCHIVE = "archive"
    PROGRAM = "program"
    WEB_PAGE = "web page"
    TEXT = "text"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\x0a", Kind.JPEG_XL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind.JPEG_XL),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Kind.JPEG_2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG_2000),
    (b"%PDF-", Kind.PDF),
    (b"%!PS", Kind.POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", Kind.POSTSCRIPT),
    (b"8BPS", Kind.PHOTOSHOP),
    (b"gimp xcf", Kind.GIMP),
    (b"FUJIFILMCCD-RAW", Kind.RAW),
    (b"IIRO", Kind.RAW),
    (b"IIRS", Kind.RAW),
    (b"IIU\x00", Kind.RAW),
    (b"FOVb", Kind.RAW),
    (b"\x00\x00\x01\x00", Kind.ICON),
    (b"\x00\x00\x02\x00", Kind.ICON),
    (b"icns", Kind.ICON),
    (b"DDS ", Kind.OTHER_IMAGE),
    (b"qoif", Kind.OTHER_IMAGE),
    (b"v/1\x01", Kind.OTHER_IMAGE),
    (b"#?RADIANCE", Kind.OTHER_IMAGE),
    (b"SIMPLE  =", Kind.OTHER_IMAGE),
    (b"\x8aMNG\r\n\x1a\n", Kind.OTHER_IMAGE),
    (b"\x1aE\xdf\xa3", Kind.VIDEO),
    (b"FLV\x01", Kind.VIDEO),
    (b"\x00\x00\x01\xba", Kind.VIDEO),
    (b"\x00\x00\x01\xb3", Kind.VIDEO),
    (b"0&\xb2u\x8ef\xcf\x11", Kind.VIDEO),
    (b"ID3", Kind.AUDIO),
    (b"\xff\xfb", Kind.AUDIO),
    (b"\xff\xf3", Kind.AUDIO),
    (b"fLaC", Kind.AUDIO),
    (b"OggS", Kind.AUDIO),
    (b"MThd", Kind.AUDIO),
    (b"PK\x03\x04", Kind.ARCHIVE),
    (b"PK\x05\x06", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"7z\xbc\xaf'\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.ARCHIVE),
    (b"(\xb5/\xfd", Kind.ARCHIVE),
    (b"MZ", Kind.PROGRAM),
    (b"\x7fELF", Kind.PROGRAM),
)

_RIFF = {b"AVI ": Kind.VIDEO, b"WAVE": Kind.AUDIO}

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"F4A "})


def format_of(data: bytes) -> str | None:
    """The format that the content claims, in Pillow's spelling, or None.

    One of JPEG, PNG, WEBP, GIF, BMP, TIFF and AVIF: the only parsers that a stranger reaches.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(_TIFF):
        return "TIFF" if data[8:10] != b"CR" else None
    if data.startswith(b"BM") and _is_bmp(data):
        return "BMP"
    return "AVIF" if _brands(data) & _AVIF_BRANDS else None


def guess(data: bytes) -> Kind | None:
    """What a file is that `format_of` does not know, or None where nobody can tell."""
    if not data:
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if data.startswith(_TIFF):
        return Kind.RAW
    return _guess_box(data) or _guess_text(data)


def _is_bmp(data: bytes) -> bool:
    # Two letters are little to go by: the size of the header that follows has to be one there is.
    return int.from_bytes(data[14:18], "little") in {12, 16, 40, 52, 56, 64, 108, 124}


def _brands(data: bytes) -> frozenset[bytes]:
    """The brands in the `ftyp` box of an ISO media file (ISO 14496-12, 4.3)."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), HEAD, len(data))
    compatible = (data[at : at + 4] for at in range(16, end - 3, 4))
    return frozenset({data[8:12], *compatible})


def _guess_box(data: bytes) -> Kind | None:
    brands = _brands(data)
    if not brands:
        return None
    if brands & _HEIC_BRANDS:
        return Kind.HEIC
    if b"crx " in brands:
        return Kind.RAW
    if data[8:12] in _AUDIO_BRANDS:
        return Kind.AUDIO
    return Kind.VIDEO


def _guess_text(data: bytes) -> Kind | None:
    head = data[:HEAD]
    if b"\x00" in head:
        return None
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        # The cut at HEAD may split a character; anything earlier is no text.
        if exc.start < len(head) - 3:
            return None
        text = head[: exc.start].decode("utf-8-sig")
    text = text.lstrip().lower()
    if "<svg" in text:
        return Kind.SVG
    if text.startswith(("<!doctype html", "<html")):
        return Kind.WEB_PAGE
    return Kind.TEXT
