"""The styles of a wish."""

from typing import Any

import pytest

from config import load_settings
from jobs import errors
from jobs.presets import Preset, PresetRecipe
from jobs.recipe import Recipe, Style
from jobs.request import make_recipe
from jobs.styles import styles_of
from jobs.wish import Wish

ONE, TWO = "1" * 64, "2" * 64


def wish(**changes: Any) -> Wish:
    """A wish for a blend of two."""
    return Wish(styles=(ONE, TWO), seed=1, **changes)


def test_styles_count_alike_unless_told() -> None:
    """And each has the size that the recipe has for all."""
    assert (Style(digest=ONE), Style(digest=TWO)) == styles_of(wish())


def test_shares_and_sizes() -> None:
    """Lists as people write them, in the order of the styles."""
    expected = (Style(digest=ONE, weight=2, scale=1), Style(digest=TWO, weight=0.5, scale=0.25))
    assert expected == styles_of(wish(blend="2; 0.5", style_scale=" 1 0.25"))


def test_one_size_is_for_all() -> None:
    """Two styles, one number."""
    assert [0.5, 0.5] == [style.scale for style in styles_of(wish(style_scale="0.5"))]


def test_a_styles_own_size_goes_before_the_presets() -> None:
    """The preset's is for those that have none."""
    recipe = PresetRecipe(style_scale=0.5)
    preset = Preset(name="p", emoji="🌊", title="P", line="p", recipe=recipe)
    made = [
        make_recipe(wish(preset=preset, style_scale=given), load_settings())
        for given in (None, "2,1")
    ]
    assert [(0.5, 0.5), (2.0, 1.0)] == [each.style_scales for each in made]


def test_a_sentence_says_which_numbers_do() -> None:
    """Those of a blend are above 0, and a scale's are between its bounds."""
    with pytest.raises(errors.BadWeight, match=r"The blend nan .* numbers above 0, such as 2,1\."):
        styles_of(wish(blend="nan,1"))
    with pytest.raises(errors.BadWeight, match=r"scale nan .* from 0\.1 to 4, such as 1,0\.5\."):
        styles_of(wish(style_scale="nan"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"blend": ""}, errors.CountPerStyle),
        ({"blend": "1,2,3"}, errors.CountPerStyle),
        ({"blend": "1,0"}, errors.BadRequest),
        ({"blend": "1,-1"}, errors.BadWeight),
        ({"blend": "inf,1"}, errors.BadWeight),
        ({"style_scale": "1,2,3"}, errors.CountPerStyle),
        ({"style_scale": "1,5"}, errors.OutOfBounds),
        ({"style_scale": "0"}, errors.OutOfBounds),
        ({"style_scale": "x"}, errors.BadWeight),
        ({"style_scale": ""}, errors.CountPerStyle),
    ],
    ids=str,
)
def test_refused(changes: dict[str, str], error: type[errors.BadRequest]) -> None:
    """What could not be painted, or is not one for each style."""
    with pytest.raises(error):
        styles_of(wish(**changes))


def test_too_many() -> None:
    """Nine are more than are taken."""
    with pytest.raises(errors.TooManyStyles, match="name at most 8"):
        styles_of(Wish(styles=(ONE,) * 9))


def test_a_recipe_of_before_can_be_read() -> None:
    """Styles that were stored without a size and a mask of their own have the recipe's."""
    stored = make_recipe(wish(), load_settings()).model_dump(mode="json")
    for style in stored["styles"]:
        del style["scale"], style["mask"]
    recipe = Recipe.model_validate({**stored, "style_scale": 0.5})
    assert ((0.5, 0.5), ()) == (recipe.style_scales, recipe.masks)


def test_masks_are_for_the_first_styles() -> None:
    """In their order; a style that is left has none."""
    assert ["a" * 64, None] == [style.mask for style in styles_of(wish(masks=["a" * 64]))]


def test_more_masks_than_styles() -> None:
    """The sentence says how they go together."""
    with pytest.raises(errors.TooManyMasks, match="Styles: 2, masks: 3; the first mask is for the"):
        styles_of(wish(masks=["a" * 64] * 3))
