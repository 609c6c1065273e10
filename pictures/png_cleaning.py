"""A stranger's PNG without what no picture needs: texts, animation, chunks with wrong checksums."""

from collections.abc import Iterator

from pictures.chunks import PNG_MAGIC, Part, inflated_size, png_chunks
from pictures.errors import DecompressionBomb, UnreadableImage

CHUNK_LIMIT = 1 << 20
"""Bytes that texts, and a colour profile, may unpack to; Pillow's own limit for each of them."""

_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_USEFUL = frozenset({b"tRNS", b"iCCP", b"eXIf"})
_DEPTHS = frozenset({1, 2, 4, 8, 16})


def clean_png(data: bytes) -> bytes:
    """The PNG with only the chunks that make its pixels, colours, transparency and orientation.

    An animation is reduced to its default image.

    Raises DecompressionBomb where packed texts or the colour profile unpack to more than
    CHUNK_LIMIT, UnreadableImage where the header is missing or wrong.
    """
    texts = 0
    kept: list[bytes | memoryview] = [PNG_MAGIC]
    for part in _until_end(data):
        if part.name == b"IHDR" or len(kept) == 1:
            _check_header(part, first=len(kept) == 1)
        if part.name in _NEEDED or (part.name in _USEFUL and part.sound):
            kept.append(part.whole)
        texts += inflated_size(_packed_text(part), CHUNK_LIMIT)
        if texts > CHUNK_LIMIT:
            raise DecompressionBomb(len(data), texts, "text")
        if part.name == b"iCCP" and (size := _profile_size(part)) > CHUNK_LIMIT:
            raise DecompressionBomb(len(data), size, "icc")
    return b"".join(kept)


def sample_depth(data: bytes) -> int:
    """Bits a sample, from the header of a PNG that `clean_png` has seen."""
    return data[24]


def _until_end(data: bytes) -> Iterator[Part]:
    for part in png_chunks(data):
        yield part
        if part.name == b"IEND":
            return


def _check_header(part: Part, first: bool) -> None:
    header_ok = part.name == b"IHDR" and part.sound and len(part.content) == 13
    if not (first and header_ok and part.content[8] in _DEPTHS):
        raise UnreadableImage("PNG", "no sound IHDR chunk at the start")


def _packed_text(part: Part) -> bytes | memoryview:
    """The packed half of a text chunk; empty for any other."""
    if part.name not in (b"zTXt", b"iTXt"):
        return b""
    # A keyword has at most 79 bytes.
    key_end = bytes(part.content[:80]).find(b"\0")
    if key_end < 0:
        return b""
    if part.name == b"zTXt":
        return part.content[key_end + 2 :]
    packed = bytes(part.content[key_end + 1 : key_end + 2]) == b"\1"
    # Language and translated keyword come first, each ended by a zero byte.
    return bytes(part.content[key_end + 3 :]).split(b"\0", 2)[-1] if packed else b""


def _profile_size(part: Part) -> int:
    key_end = bytes(part.content[:80]).find(b"\0")
    return inflated_size(part.content[key_end + 2 :], CHUNK_LIMIT)
