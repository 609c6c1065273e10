"""Masks: what counts as white, and what is none."""

import pytest
from PIL import Image

from pictures.errors import EmptyMask, NothingLeft, WrongShape
from pictures.masks import as_mask, check_mask, check_rest, regions

PHOTO = 80, 60


def half(size: tuple[int, int] = PHOTO, left: int = 255, right: int = 0) -> Image.Image:
    """A mask whose halves have these values."""
    mask = Image.new("L", size, right)
    mask.paste(left, (0, 0, size[0] // 2, size[1]))
    return mask


def test_light_counts() -> None:
    """White is all of a style, black nothing, grey half of it."""
    mask = as_mask(half(left=255, right=128).convert("RGB"))
    assert [255, 128] == [mask.getpixel((x, 30)) for x in (10, 70)]


def test_transparency_counts_in_place_of_light() -> None:
    """A cut-out is the mask of what it shows, however dark that is."""
    cutout = Image.new("RGBA", PHOTO, "black")
    cutout.putalpha(half())
    assert half().tobytes() == as_mask(cutout).tobytes()


@pytest.mark.parametrize("size", [(80, 60), (800, 600), (801, 600), (40, 30)])
def test_one_shape_is_enough(size: tuple[int, int]) -> None:
    """A mask may be larger or smaller than the photo."""
    check_mask(half(size), PHOTO)


def test_another_shape() -> None:
    """It names both sizes."""
    with pytest.raises(WrongShape) as caught:
        check_mask(half((60, 80)), PHOTO)
    assert {"width": 60, "height": 80, "photo_width": 80, "photo_height": 60} == vars(caught.value)


def test_black_everywhere() -> None:
    """But for a speck, which nobody meant."""
    mask = Image.new("L", PHOTO, 0)
    mask.putpixel((3, 3), 255)
    with pytest.raises(EmptyMask):
        check_mask(mask, PHOTO)


def test_what_masks_leave() -> None:
    """White less the masks, and no less than black where they lie over each other."""
    found = regions([half(), half(left=200, right=60)], PHOTO, rest=True)
    assert [(255, 0), (200, 60), (0, 195)] == [
        (mask.getpixel((10, 30)), mask.getpixel((70, 30))) for mask in found
    ]


def test_masks_at_another_size() -> None:
    """Each is resized; without a rest there are as many as before."""
    found = regions([half((400, 300))], PHOTO, rest=False)
    assert [PHOTO] == [mask.size for mask in found]


def test_nothing_left() -> None:
    """Two halves cover all."""
    with pytest.raises(NothingLeft):
        check_rest([half(), half(left=0, right=255)], PHOTO)


def test_something_left() -> None:
    """One half leaves the other."""
    check_rest([half()], PHOTO)
