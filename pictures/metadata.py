"""The recipe inside a picture's file: written by `pictures.encode`, read here without decoding.

PNG has it in an iTXt chunk with the keyword `atelier`, JPEG and WebP in an XMP packet as the
property `atelier:recipe`.
"""

import html
import re
from itertools import islice

from PIL.PngImagePlugin import PngInfo

from pictures.chunks import jpeg_segments, png_chunks, webp_chunks
from pictures.kinds import format_of

RECIPE_LIMIT = 32 << 10
"""Largest recipe in bytes of UTF-8: escaped, it still fits the 64 KiB segment of a JPEG."""

_KEYWORD = b"atelier"
_NAMESPACE = "urn:atelier:recipe"
_PACKET_LIMIT = 64 << 10
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PROPERTY = re.compile(rb'atelier:recipe="([^"<]*)"')
_PARTS = 10_000
"""Chunks that are looked at: ours come first, and a file may be made of nothing but chunks."""


def png_info(recipe_json: str) -> PngInfo:
    """The chunks for Pillow's PNG writer: sRGB and the recipe."""
    info = PngInfo()
    info.add(b"sRGB", b"\0")
    info.add_itxt(_KEYWORD, _checked(recipe_json))
    return info


def xmp_packet(recipe_json: str) -> bytes:
    """The XMP packet for Pillow's JPEG and WebP writers (ISO 16684-1, serialised as RDF)."""
    text = html.escape(_checked(recipe_json))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:atelier="{_NAMESPACE}" atelier:recipe="{text}"/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def read_recipe(data: bytes) -> str | None:
    """The JSON text that `encode` wrote into a PNG, JPEG or WebP, or None.

    Any bytes may come: the text is bounded by RECIPE_LIMIT and is UTF-8, but whether it is a
    recipe is for the reader of the JSON to judge.
    """
    text = _find(data)
    if text is None or len(text) > RECIPE_LIMIT:
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def _checked(recipe_json: str) -> str:
    if len(xml := html.escape(recipe_json).encode()) > _PACKET_LIMIT - 1024:
        raise ValueError(f"a recipe of {len(xml)} bytes is too long for a picture's file")
    if len(recipe_json.encode()) > RECIPE_LIMIT:
        raise ValueError("a recipe has at most 32 KiB")
    return recipe_json


def _find(data: bytes) -> bytes | None:
    match format_of(data):
        case "PNG":
            return _in_png(data)
        case "JPEG":
            return _in_jpeg(data)
        case "WEBP":
            return _in_webp(data)
    return None


def _in_png(data: bytes) -> bytes | None:
    # Not compressed, no language, no translated keyword.
    start = _KEYWORD + b"\0\0\0\0\0"
    for part in islice(png_chunks(data), _PARTS):
        if part.name == b"iTXt" and part.sound and part.content[: len(start)] == start:
            return bytes(part.content[len(start) : len(start) + RECIPE_LIMIT + 1])
    return None


def _in_jpeg(data: bytes) -> bytes | None:
    for part in islice(jpeg_segments(data), _PARTS):
        if part.name == b"\xe1" and part.content[: len(_JPEG_XMP)] == _JPEG_XMP:
            return _in_packet(bytes(part.content))
    return None


def _in_webp(data: bytes) -> bytes | None:
    for part in islice(webp_chunks(data), _PARTS):
        if part.name == b"XMP ":
            return _in_packet(bytes(part.content[:_PACKET_LIMIT]))
    return None


def _in_packet(packet: bytes) -> bytes | None:
    found = _PROPERTY.search(packet)
    if found is None:
        return None
    return html.unescape(found[1].decode("utf-8", "replace")).encode()
