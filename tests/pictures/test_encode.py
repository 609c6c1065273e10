"""Encoding to a limit."""

import json
from io import BytesIO

import pytest
from PIL import Image, ImageStat

from pictures.encode import Format, encode, preview
from pictures.errors import CannotFit
from pictures.metadata import read_recipe

from .making import file

RECIPE = json.dumps({"style": ["<\"&'>", "ümlaut \u2028 🎨", "a\\b\n"], "weights": [1.5, 2]})


def painting(size: tuple[int, int] = (320, 240), mode: str = "RGB") -> Image.Image:
    """Soft colours with grain, about as hard to pack as a painted picture."""
    grain = [Image.effect_noise(size, 40).point(lambda v, by=by: v * by) for by in (1.1, 0.9, 0.7)]
    image = Image.merge("RGB", grain)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    return image


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_png_without_a_limit(mode: str) -> None:
    """Without a limit the PNG is exact, says that it is sRGB, and needs no note."""
    image = painting(mode=mode)
    result = encode(image, limit_bytes=None, recipe_json=RECIPE)
    opened = Image.open(BytesIO(result.data))
    assert image.tobytes() == opened.tobytes()
    assert (
        result.extension,
        result.mime,
        result.note,
        opened.info["srgb"],
    ) == ("png", "image/png", "", 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("part", [0.9, 0.6, 0.3, 0.1, 0.04, 0.02])
def test_fits_and_keeps_its_recipe(mode: str, part: float) -> None:
    """Whatever the limit, the file fits, opens, keeps its aspect, its alpha and its recipe."""
    image = painting(mode=mode)
    limit = int(len(file(image, "PNG")) * part)
    result = encode(image, limit_bytes=limit, recipe_json=RECIPE)
    opened = Image.open(BytesIO(result.data))
    opened.load()
    assert len(result.data) <= limit
    assert (RECIPE, mode, opened.size) == (
        read_recipe(result.data),
        opened.mode,
        (result.width, result.height),
    )
    assert abs(result.width / result.height - 4 / 3) < 0.05
    assert result.note.endswith("to fit") or "px" in result.note


def test_lossless_webp_comes_before_loss() -> None:
    """Where a PNG is a little too large, WebP without loss is tried first."""
    image = painting()
    limit = len(file(image, "PNG")) * 97 // 100
    result = encode(image, limit_bytes=limit, recipe_json=RECIPE)
    assert ("webp", image.tobytes()) == (
        result.extension,
        Image.open(BytesIO(result.data)).convert("RGB").tobytes(),
    )


def test_no_more_loss_than_needed() -> None:
    """A limit that the best JPEG meets is met with it, at full size."""
    image = painting()
    best = file(image, "JPEG", quality=95, subsampling="4:4:4")
    result = encode(image, limit_bytes=len(best) + 2000, recipe_json=RECIPE)
    assert (result.width, result.extension, result.note) == (320, "jpg", "saved as JPEG to fit")
    assert len(result.data) > len(best)


def test_smaller_picture_is_noted() -> None:
    """A picture that was made smaller says its size."""
    result = encode(painting(), limit_bytes=6000, recipe_json=RECIPE)
    assert f"saved as JPEG to fit, at {result.width} × {result.height} px" == result.note


@pytest.mark.parametrize(
    ("prefer", "expected"), [("png", "PNG"), ("webp", "WEBP"), ("jpeg", "JPEG")]
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_preferred_format(prefer: Format, expected: str, mode: str) -> None:
    """The format that is asked for is the one written, recipe included, where it fits."""
    result = encode(painting(mode=mode), limit_bytes=None, recipe_json=RECIPE, prefer=prefer)
    opened = Image.open(BytesIO(result.data))
    assert (expected, RECIPE, "") == (opened.format, read_recipe(result.data), result.note)


def test_webp_stays_webp() -> None:
    """Where WebP is asked for, it is WebP also when quality has to go."""
    result = encode(painting(), limit_bytes=20_000, recipe_json=RECIPE, prefer="webp")
    assert (len(result.data) <= 20_000, result.extension) == (True, "webp")


def test_transparent_becomes_white_in_jpeg() -> None:
    """A JPEG has no alpha: what was transparent is white."""
    image = Image.new("RGBA", (64, 64), (200, 0, 0, 0))
    result = encode(image, limit_bytes=None, recipe_json=RECIPE, prefer="jpeg")
    assert Image.open(BytesIO(result.data)).getpixel((9, 9)) == (255, 255, 255)


def test_nothing_fits() -> None:
    """A limit under what any picture takes is refused with the limit."""
    with pytest.raises(CannotFit) as caught:
        encode(painting(), limit_bytes=300, recipe_json=RECIPE)
    assert caught.value.limit == 300


@pytest.mark.parametrize("text", ["x" * (33 << 10), '"' * (20 << 10)], ids=["long", "escaped"])
def test_recipe_too_long(text: str) -> None:
    """A recipe that not every format could carry is refused in each of them."""
    with pytest.raises(ValueError, match="recipe"):
        encode(painting(), limit_bytes=None, recipe_json=text)


def test_preview() -> None:
    """A preview is a small JPEG with the picture's colours."""
    data = preview(Image.new("RGB", (800, 600), (200, 100, 50)), 320, 20_000)
    opened = Image.open(BytesIO(data))
    assert (opened.format, opened.size) == ("JPEG", (320, 240))
    mean = ImageStat.Stat(opened).mean
    assert max(abs(a - b) for a, b in zip(mean, (200, 100, 50), strict=True)) < 3


@pytest.mark.parametrize("limit", [30_000, 8000, 2000])
def test_preview_fits(limit: int) -> None:
    """A preview fits its limit."""
    assert len(preview(painting((800, 600)), 320, limit)) <= limit
