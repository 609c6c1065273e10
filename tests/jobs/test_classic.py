"""The classic mode at the edge: what a preset makes, what may be tuned and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from config import load_settings
from config.settings import Settings
from jobs import errors
from jobs.presets import load_presets
from jobs.recipe import Mode, Recipe
from jobs.request import Wish, make_recipe
from samples import STYLES

SETTINGS = load_settings()
PRESETS = load_presets(SETTINGS.presets_file, STYLES)
STYLE = "5" * 64


def recipe_for(name: str = "classic-starry", settings: Settings = SETTINGS, **wish: Any) -> Recipe:
    return make_recipe(Wish(preset=PRESETS.named(name), styles=(STYLE,), **wish), settings)


ASSIGNMENT = {
    "classic-composition": (192, 512, 5e-2, (20000, 500, 12, 1), 5e-2),
    "classic-scream": (192, 224, 3e-2, (200000, 800, 12, 1), 2e-2),
    "classic-starry": (192, 192, 6e-2, (300000, 1000, 15, 3), 2e-2),
}


@pytest.mark.parametrize("name", ASSIGNMENT)
def test_settings_of_the_assignment(name: str) -> None:
    """Sides, content weight, style weights and tv weight are the assignment's."""
    recipe = recipe_for(name)
    assert recipe.classic is not None
    weights = tuple(pair.weight for pair in recipe.style_layers)
    found = (
        recipe.size, recipe.classic.style_side, recipe.content_weight, weights, recipe.tv_weight
    )  # fmt: skip
    assert ASSIGNMENT[name] == found


def test_the_loop_of_the_assignment() -> None:
    """Network, layers, steps, rates and the clamp stand in the recipe, so in every picture."""
    recipe = recipe_for()
    assert recipe.classic is not None
    layers = [pair.layer for pair in (*recipe.content_layers, *recipe.style_layers)]
    assert ["fire2", "relu1", "fire3", "fire4", "fire5"] == layers
    assert (Mode.CLASSIC, "squeezenet1_1", 200, "adam", 3.0) == (
        recipe.mode, recipe.backbone, recipe.steps, recipe.optimizer, recipe.learning_rate
    )  # fmt: skip
    loop = recipe.classic.model_dump(exclude={"style_side"})
    assert {"late_rate": 0.1, "late_from": 180, "clamp": 1.5, "clamp_until": 190} == loop


def test_no_preset_has_a_style_of_its_own() -> None:
    """The style is the member's."""
    assert [None] * 3 == [PRESETS.named(name).picture for name in ASSIGNMENT]


def test_they_come_after_the_others() -> None:
    """The presets that bring a style are shown first, and are the first reactions."""
    assert tuple(ASSIGNMENT) == PRESETS.names[-3:]


@pytest.mark.parametrize(
    "wish",
    [
        {"backbone": "vgg16"},
        {"strength": 2.0},
        {"size": 192},
        {"steps": 100},
        {"optimizer": "lbfgs"},
        {"init": "noise"},
        {"init": "picture", "init_digest": STYLE},
    ],
    ids=str,
)
def test_contradictions(wish: dict[str, Any]) -> None:
    """What the mode does another way is refused by its name."""
    with pytest.raises(errors.NotClassic, match=f"not for choice there: {next(iter(wish))}"):
        recipe_for(**wish)


def test_all_contradictions_are_named_at_once() -> None:
    """Nobody has to find them one after another."""
    with pytest.raises(errors.NotClassic, match=r"steps, size\. Leave that out"):
        recipe_for(steps=10, size=256)


def test_what_it_does_anyway_is_no_contradiction() -> None:
    """Naming its network, its steps or its optimiser changes nothing."""
    wish: dict[str, Any] = {
        "backbone": "squeezenet1_1",
        "strength": 1.0,
        "steps": 200,
        "optimizer": "adam",
    }
    assert recipe_for(seed=1) == recipe_for(seed=1, **wish)


def test_what_may_be_tuned() -> None:
    """What `style_transfer` takes as arguments, and the colours kept afterwards."""
    recipe = recipe_for(
        layers="relu1,fire5", weights="9,2", content_layer="fire3", content_weight=0.5, tv=0.0,
        keep_colours=0.5,
    )  # fmt: skip
    layers = {pair.layer: pair.weight for pair in recipe.style_layers}
    found = (
        layers, recipe.content_layers[0].layer, recipe.content_weight, recipe.tv_weight,
        recipe.keep_colours,
    )  # fmt: skip
    assert ({"relu1": 9, "fire5": 2}, "fire3", 0.5, 0, 0.5) == found


def test_weights_alone_are_those_of_the_presets_layers() -> None:
    """As in other modes."""
    weights = {pair.layer: pair.weight for pair in recipe_for(weights="4,3,2,1").style_layers}
    assert {"relu1": 4, "fire3": 3, "fire4": 2, "fire5": 1} == weights


def test_layers_alone_are_refused() -> None:
    """A weight of 1, which other modes would take, paints nothing here."""
    with pytest.raises(errors.BadRequest, match="such as 3 or 300000"):
        recipe_for(layers="relu1")


def test_one_content_layer() -> None:
    """The assignment has one."""
    with pytest.raises(errors.BadRequest, match="one content layer"):
        recipe_for(content_layer="fire2,fire3")


def test_layers_are_checked() -> None:
    """They are those of its own network."""
    with pytest.raises(errors.UnknownLayer, match="squeezenet1_1 has no layer relu1_1"):
        recipe_for(layers="relu1_1", weights="1")


@pytest.mark.parametrize("bounds", [{"steps": (1, 100)}, {"size": (64, 128)}], ids=str)
def test_a_server_that_allows_less(bounds: dict[str, Any]) -> None:
    """Nothing is cut to fit, since it would be another picture."""
    with pytest.raises(errors.BadRequest, match="takes 200 steps at 192 px"):
        recipe_for(settings=load_settings(bounds=bounds))


def test_round_trip() -> None:
    """It comes back from its JSON as it was."""
    recipe = recipe_for()
    assert recipe == Recipe.model_validate_json(recipe.model_dump_json())


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "size-free"},
        {"classic": None},
        {"backbone": "squeezenet1_0"},
        {"strength": 2},
        {"optimizer": "lbfgs"},
        {"init": "noise"},
        {"styles": [{"digest": STYLE}, {"digest": "6" * 64}]},
        {"styles": [{"digest": STYLE, "mask": "6" * 64}]},
        {"styles": [{"digest": STYLE, "scale": 1.0}]},
        {"scales": [{"fraction": 0.5, "steps": 5}, {"fraction": 1, "steps": 5}]},
    ],
    ids=str,
)
def test_invalid(change: dict[str, Any]) -> None:
    """A recipe that is not the assignment's does not call itself classic."""
    with pytest.raises(ValidationError):
        Recipe.model_validate({**recipe_for().model_dump(), **change})
