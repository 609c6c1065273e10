"""A recipe can only be valid."""

from typing import Any

import pytest
from pydantic import ValidationError

from config import load_settings
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe

STYLE = "5" * 64
RECIPE = make_recipe(Wish(styles=(STYLE,), seed=1), load_settings())


def test_round_trip() -> None:
    """A recipe comes back from its JSON as it was."""
    assert Recipe.model_validate_json(RECIPE.model_dump_json()) == RECIPE


def test_frozen() -> None:
    """A recipe cannot be changed."""
    with pytest.raises(ValidationError):
        RECIPE.size = 9  # type: ignore[misc]


def test_steps_are_the_scales_steps() -> None:
    """The steps of a recipe are those of its scales together."""
    assert RECIPE.steps == load_settings().recipes["squeezenet1_0"].steps


@pytest.mark.parametrize(
    "change",
    [
        {"style_layers": []},
        {"style_layers": [{"layer": "relu9_9", "weight": 1}]},
        {"style_layers": [{"layer": "relu1", "weight": 0}]},
        {"style_layers": [{"layer": "relu1", "weight": 1}, {"layer": "relu1", "weight": 1}]},
        {"style_layers": [{"layer": "relu1", "weight": float("nan")}]},
        {"content_weight": float("inf")},
        {"tv_weight": -1},
        {"strength": 0},
        {"size": 8},
        {"scales": [{"fraction": 0.5, "steps": 5}]},
        {"styles": []},
        {"styles": [{"digest": "../../etc"}]},
        {"styles": [{"digest": STYLE, "mask": "../../etc"}]},
        {"styles": [{"digest": STYLE, "scale": 5}]},
        {"styles": [{"digest": STYLE}] * 9},
        {"init": "picture"},
        {"init_digest": STYLE},
        {"backbone": "resnet50"},
        {"keep_colours": 1.1},
        {"surprise": 1},
    ],
    ids=str,
)
def test_invalid(change: dict[str, Any]) -> None:
    """What could not be painted is refused, whoever sends it."""
    with pytest.raises(ValidationError):
        Recipe.model_validate({**RECIPE.model_dump(), **change})


@pytest.mark.parametrize(
    ("masks", "regions"),
    [
        ((None, None), ((0, 1),)),
        (("a", None), ((0,), (1,))),
        ((None, "a"), ((1,), (0,))),
        (("b", "a", "b"), ((0, 2), (1,))),
        (("a", None, None), ((0,), (1, 2))),
    ],
)
def test_regions(masks: tuple[str | None, ...], regions: tuple[tuple[int, ...], ...]) -> None:
    """A region has the styles of one mask, and the last one those that have none."""
    styles = [{"digest": STYLE, "mask": mask and mask * 64} for mask in masks]
    recipe = Recipe.model_validate({**RECIPE.model_dump(), "styles": styles})
    assert regions == recipe.regions


@pytest.mark.parametrize(("masks", "expected"), [((None,), True), (("a",), False)])
def test_who_has_the_rest(masks: tuple[str | None, ...], expected: bool) -> None:
    """A style without a mask, if there is one."""
    styles = [{"digest": STYLE, "mask": mask and mask * 64} for mask in masks]
    recipe = Recipe.model_validate({**RECIPE.model_dump(), "styles": styles})
    assert expected == recipe.styles_rest


@pytest.mark.parametrize(
    ("masks", "guided"), [((None,), 0), (("a",), 1), (("a", "b", None, None), 3)]
)
def test_guided(masks: tuple[str | None, ...], guided: int) -> None:
    """As many regions as masks make, what they leave included."""
    styles = [{"digest": STYLE, "mask": mask and mask * 64} for mask in masks]
    recipe = Recipe.model_validate({**RECIPE.model_dump(), "styles": styles})
    assert guided == recipe.guided
