"""ICC profiles, sound and otherwise."""

from typing import Any

import pytest
from PIL import Image, ImageCms

from pictures.decode import decode
from pictures.profiles import PROFILE_LIMIT, to_srgb

from .making import (
    LIMITS,
    QUARTERS,
    file,
    furthest,
    quarters,
    scene,
    srgb_profile,
    swapped_profile,
    wide_profile,
)

COLOURS = list(QUARTERS.values())

SWAPPED = swapped_profile()


def red_and_green_swapped() -> list[tuple[int, int, int]]:
    return [(green, red, blue) for red, green, blue in COLOURS]


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_profile_is_applied(format_: str) -> None:
    """The colours that a profile means come out, in each format that carries one."""
    image = decode(file(scene(), format_, icc_profile=SWAPPED, quality=95), LIMITS).image
    assert furthest(quarters(image), red_and_green_swapped()) <= 10


def test_own_profile_changes_nothing() -> None:
    """A picture that says it is sRGB keeps its colours, to a rounding."""
    image = decode(file(scene(), "PNG", icc_profile=srgb_profile()), LIMITS).image
    assert furthest(quarters(image), COLOURS) <= 1


def test_wide_gamut_becomes_purer() -> None:
    """A dull red in a wide space is a purer one in sRGB."""
    data = file(Image.new("RGB", (32, 32), (180, 100, 90)), "PNG", icc_profile=wide_profile())
    red, green, blue = decode(data, LIMITS).image.getpixel((3, 3))  # type: ignore[misc]
    assert (red - green > 90, red - blue > 90) == (True, True)


def test_alpha_passes_a_profile() -> None:
    """A profile changes colours and leaves alpha alone."""
    image = scene()
    image.putalpha(100)
    found = quarters(decode(file(image, "PNG", icc_profile=SWAPPED), LIMITS).image)
    assert {100} == {pixel[3] for pixel in found}
    assert furthest([pixel[:3] for pixel in found], red_and_green_swapped()) <= 2


def test_palette_passes_a_profile() -> None:
    """A profile applies to the colours of a palette."""
    image = decode(file(scene().quantize(4), "PNG", icc_profile=SWAPPED), LIMITS).image
    assert furthest(quarters(image), red_and_green_swapped()) <= 2


def _unusable() -> list[Any]:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return [
        pytest.param(b"rubbish", id="rubbish"),
        pytest.param(SWAPPED[:200], id="cut off"),
        pytest.param(SWAPPED[:128] + b"\xff" * 400, id="absurd tags"),
        pytest.param(lab, id="for Lab"),
        pytest.param(SWAPPED + bytes(PROFILE_LIMIT), id="too large"),
        pytest.param(b"", id="empty"),
    ]


@pytest.mark.parametrize("data", _unusable())
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_unusable_profile_is_ignored(mode: str, data: bytes) -> None:
    """A profile that is damaged, or for another kind of picture, changes nothing."""
    image = scene().convert(mode)
    assert image.convert("RGB").tobytes() == to_srgb(image, data).tobytes()


def test_colour_profile_on_grey_is_ignored() -> None:
    """A profile for RGB says nothing about a grey picture."""
    data = file(Image.new("L", (32, 32), 90), "PNG", icc_profile=SWAPPED)
    assert decode(data, LIMITS).image.getpixel((3, 3)) == (90, 90, 90)
