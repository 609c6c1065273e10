"""A stranger's PNG without what no picture needs: texts, animation, chunks with wrong checksums."""

from collections.abc import Iterator

from pictures.chunks import PNG_MAGIC, Part, inflated_size, png_chunks
from pictures.errors import DecompressionBomb, TooManyParts, UnreadableImage

CHUNK_LIMIT = 1 << 20
"""Bytes that texts, and a colour profile, may unpack to; Pillow's own limit for each of them."""

PARTS = 1 << 16
"""Chunks in a file; encoders write pixels in chunks of 8 KiB and more."""

_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_USEFUL = frozenset({b"tRNS", b"iCCP", b"eXIf"})
_DEPTHS = frozenset({1, 2, 4, 8, 16})


def clean_png(data: bytes) -> bytes:
    """The PNG with only the chunks that make its pixels, colours, transparency and orientation.

    An animation is reduced to its default image. Of the useful chunks, the first of a kind counts.

    Raises DecompressionBomb where packed texts or the colour profile unpack to more than
    CHUNK_LIMIT, TooManyParts for more than PARTS chunks, UnreadableImage where the header is
    missing or wrong.
    """
    texts = 0
    kept: list[bytes | memoryview] = [PNG_MAGIC]
    useful = set(_USEFUL)
    for part in _until_end(data):
        if part.name == b"IHDR" or len(kept) == 1:
            _check_header(part, first=len(kept) == 1)
        if part.name in _NEEDED:
            kept.append(part.whole)
        elif part.name in useful and part.sound:
            useful.remove(part.name)
            _check_profile(part, len(data))
            kept.append(part.whole)
        texts += inflated_size(_packed_text(part), CHUNK_LIMIT)
        if texts > CHUNK_LIMIT:
            raise DecompressionBomb(len(data), texts, "text")
    return b"".join(kept)


def sample_depth(data: bytes) -> int:
    """Bits a sample, from the header of a PNG that `clean_png` has seen."""
    return data[24]


def _until_end(data: bytes) -> Iterator[Part]:
    for count, part in enumerate(png_chunks(data)):
        if count == PARTS:
            raise TooManyParts("chunk", PARTS)
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


def _check_profile(part: Part, file_size: int) -> None:
    if part.name != b"iCCP":
        return
    key_end = bytes(part.content[:80]).find(b"\0")
    size = inflated_size(part.content[key_end + 2 :], CHUNK_LIMIT)
    if size > CHUNK_LIMIT:
        raise DecompressionBomb(file_size, size, "icc")
