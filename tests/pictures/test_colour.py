"""Colours kept: the painting's lightness, the photo's hues."""

import numpy as np
import pytest
from PIL import Image

from pictures.colour import from_oklab, keep_colours, keep_more_colours, reattach_alpha, to_oklab

from .making import scene


def speckled(seed: int, size: tuple[int, int] = (160, 150)) -> Image.Image:
    chance = np.random.default_rng(seed)
    return Image.fromarray(chance.integers(0, 256, (size[1], size[0], 3), np.uint8))


def lab(image: Image.Image) -> np.ndarray:
    return to_oklab(np.asarray(image.convert("RGB")))


def test_oklab_of_the_primaries() -> None:
    """Oklab agrees with the values that its author gives for white, red, green and blue."""
    rgb = np.array([[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    expected = np.array(
        [
            [1.0, 0.0, 0.0],
            [0.62796, 0.22486, 0.12585],
            [0.86644, -0.23389, 0.17950],
            [0.45201, -0.03246, -0.31153],
        ]
    )
    np.testing.assert_allclose(to_oklab(rgb), expected, atol=2e-4)


def test_oklab_round_trip() -> None:
    """Every colour that sRGB has comes back from Oklab as it was."""
    grid = np.stack(np.meshgrid(*[np.arange(0, 256, 5, dtype=np.uint8)] * 3), axis=-1).reshape(
        -1, 3
    )
    assert np.array_equal(grid, from_oklab(to_oklab(grid)))


def test_nothing_kept() -> None:
    """An amount of 0 gives the painting itself."""
    painted = speckled(1)
    assert painted is keep_colours(painted, speckled(2), 0)


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_lightness_is_the_paintings(amount: float) -> None:
    """Whatever is kept, the lightness stays the painting's, to the rounding of 8 bits."""
    painted = speckled(1)
    kept = keep_colours(painted, speckled(2), amount)
    assert np.abs(lab(kept) - lab(painted))[..., 0].max() < 0.006


def test_grey_photo_gives_a_grey_picture() -> None:
    """All colours of a grey photo kept make the painting grey."""
    kept = np.asarray(keep_colours(speckled(1), speckled(2).convert("L"), 1)).astype(int)
    assert np.ptp(kept, axis=-1).max() <= 1


def test_same_picture_keeps_its_colours() -> None:
    """A painting that has the photo's colours already is not changed."""
    painted = speckled(1)
    assert np.array_equal(np.asarray(painted), np.asarray(keep_colours(painted, painted, 1)))


def test_hues_are_the_photos() -> None:
    """Where sRGB can show it, colour is the photo's: the same a and b."""
    photo = Image.new("RGB", (32, 32), (170, 110, 90))
    painted = Image.new("RGB", (32, 32), (110, 130, 140))
    difference = lab(keep_colours(painted, photo, 1)) - lab(photo)
    assert np.abs(difference[..., 1:]).max() < 0.004


def test_half_kept_is_half_way() -> None:
    """An amount of one half gives colours half way between painting and photo."""
    photo = Image.new("RGB", (32, 32), (170, 110, 90))
    painted = Image.new("RGB", (32, 32), (110, 130, 140))
    expected = (lab(painted) + lab(photo))[0, 0, 1:] / 2
    np.testing.assert_allclose(
        lab(keep_colours(painted, photo, 0.5))[0, 0, 1:], expected, atol=4e-3
    )


def test_impossible_colours_keep_their_hue() -> None:
    """A pure blue as light as white does not exist: it pales, and stays blue."""
    photo = Image.new("RGB", (32, 32), (0, 0, 255))
    painted = Image.new("RGB", (32, 32), (235, 235, 235))
    _, a, b = lab(keep_colours(painted, photo, 1))[0, 0]
    _, blue_a, blue_b = lab(photo)[0, 0]
    assert abs(np.arctan2(b, a) - np.arctan2(blue_b, blue_a)) < 0.1


def test_photo_of_another_size() -> None:
    """The photo is fitted to the painting."""
    kept = keep_colours(scene((64, 48)).convert("L").convert("RGB"), scene((128, 96)), 1)
    hues = lab(kept)[[12, 12, 36, 36], [16, 48, 16, 48], 1:]
    expected = lab(scene())[[12, 12, 36, 36], [16, 48, 16, 48], 1:]
    assert kept.size == (64, 48)
    np.testing.assert_allclose(hues, expected, atol=0.03)


def test_paintings_alpha_stays() -> None:
    """A painting with alpha keeps it."""
    painted = speckled(1)
    painted.putalpha(77)
    assert keep_colours(painted, speckled(2), 0.5).getpixel((3, 3))[3] == 77  # type: ignore[index]


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_amount_out_of_range(amount: float) -> None:
    """An amount outside 0..1 is refused."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        keep_colours(speckled(1), speckled(2), amount)


def test_reattach_alpha() -> None:
    """The photo's transparency, resized, goes onto the painting, whose colours stay."""
    content = Image.new("RGBA", (80, 75), (0, 0, 0, 0))
    content.paste((0, 0, 0, 255), (0, 0, 40, 75))
    painted = speckled(1)
    result = reattach_alpha(painted, content)
    assert ("RGBA", (160, 150), painted.tobytes()) == (
        result.mode,
        result.size,
        result.convert("RGB").tobytes(),
    )
    assert [result.getpixel((x, 70))[3] for x in (20, 140)] == [255, 0]  # type: ignore[index]


def test_nothing_to_reattach() -> None:
    """A photo without transparency leaves the painting as it is."""
    painted = speckled(1)
    assert painted is reattach_alpha(painted, scene())


@pytest.mark.parametrize(("kept", "amount"), [(0.5, 0.4), (-0.1, 0.5), (0.5, 1.1)])
def test_less_cannot_be_had(kept: float, amount: float) -> None:
    """From less to more within 0 and 1; anything else is refused."""
    with pytest.raises(ValueError, match="from less to more"):
        keep_more_colours(speckled(1), speckled(2), kept, amount)


def test_as_much_as_is_there() -> None:
    """All that is wanted is kept already, even if that is everything."""
    painted = speckled(1)
    assert painted is keep_more_colours(painted, speckled(2), 1, 1)
