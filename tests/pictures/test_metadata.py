"""Finding a recipe in a file, whoever made the file."""

import random
import struct

import pytest
from PIL import Image

from pictures.encode import Format, encode
from pictures.metadata import RECIPE_LIMIT, png_info, read_recipe, xmp_packet

from .making import file, png_chunk, scene, with_png_chunk

RECIPE = '{"steps": 170, "layers": ["relu1", "fire2"]}'
FORMATS: list[Format] = ["png", "webp", "jpeg"]


def with_recipe(format_: Format) -> bytes:
    return encode(scene(), limit_bytes=None, recipe_json=RECIPE, prefer=format_).data


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_picture_without_a_recipe(format_: str) -> None:
    """A picture of somebody else's has no recipe."""
    assert read_recipe(file(scene(), format_)) is None


@pytest.mark.parametrize("data", [b"", b"atelier", b"\xff\xd8\xff", b"%PDF-1.7"])
def test_no_picture(data: bytes) -> None:
    """What is no picture has no recipe."""
    assert read_recipe(data) is None


@pytest.mark.parametrize("format_", FORMATS)
def test_cut_off_anywhere(format_: Format) -> None:
    """A cut off file gives the whole recipe or none."""
    data = with_recipe(format_)
    assert {RECIPE, None} >= {read_recipe(data[:length]) for length in range(len(data))}


@pytest.mark.parametrize("format_", FORMATS)
def test_damaged_anywhere(format_: Format) -> None:
    """Damage gives a text or none, and never an exception."""
    chance = random.Random(1)
    data = with_recipe(format_)
    for _ in range(500):
        damaged = bytearray(data)
        for _ in range(4):
            damaged[chance.randrange(min(len(data), 1500))] = chance.randrange(256)
        assert isinstance(read_recipe(bytes(damaged)), (str, type(None)))


def test_oversized_recipe_in_png() -> None:
    """A stranger's text under our keyword that is longer than any recipe is not read."""
    chunk = png_chunk(b"iTXt", b"atelier\0\0\0\0\0" + b"x" * (RECIPE_LIMIT + 1))
    assert read_recipe(with_png_chunk(file(scene(), "PNG"), chunk)) is None


def test_packed_text_is_not_unpacked() -> None:
    """We never pack a recipe, so a packed one is no recipe, and no bomb either."""
    chunk = png_chunk(b"iTXt", b"atelier\0\1\0\0\0" + b"x" * 100)
    assert read_recipe(with_png_chunk(file(scene(), "PNG"), chunk)) is None


def test_text_that_is_not_utf8() -> None:
    """Bytes that are no text are no recipe."""
    chunk = png_chunk(b"iTXt", b"atelier\0\0\0\0\0\xff\xfe")
    assert read_recipe(with_png_chunk(file(scene(), "PNG"), chunk)) is None


def test_foreign_xmp() -> None:
    """An XMP packet of somebody else's has no recipe."""
    assert read_recipe(file(scene(), "JPEG", xmp=b'<x:xmpmeta other="1"/>')) is None


def test_escapes_are_undone_once() -> None:
    """A recipe that looks escaped itself comes back as it was."""
    text = '{"name": "&lt;&amp;quot;"}'
    assert text == read_recipe(file(scene(), "WEBP", xmp=xmp_packet(text)))


def test_recipe_is_plain_in_png() -> None:
    """Other programs show the recipe: it is an ordinary text chunk."""
    opened = file(scene(), "PNG", pnginfo=png_info(RECIPE))
    assert b"iTXtatelier\0\0\0\0\0" + RECIPE.encode() in opened


def test_chunks_without_end() -> None:
    """A file that is nothing but tiny chunks is given up after ten thousand."""
    data = b"RIFF" + struct.pack("<I", 1 << 30) + b"WEBP" + (b"abcd" + bytes(4)) * 300_000
    packet = xmp_packet(RECIPE)
    late = data + b"XMP " + struct.pack("<I", len(packet)) + packet
    assert read_recipe(late) is None


def test_alpha_and_recipe() -> None:
    """A picture with alpha keeps its recipe in WebP."""
    image = Image.new("RGBA", (64, 64), (10, 20, 30, 40))
    data = encode(image, limit_bytes=None, recipe_json=RECIPE, prefer="webp").data
    assert read_recipe(data) == RECIPE
