"""From wishes to recipes: what is refused, and with which words."""

from typing import Any

import pytest

from config import SettingsError, load_settings
from jobs import errors
from jobs.layers import LAYERS
from jobs.presets import Preset, PresetRecipe, load_presets
from jobs.recipe import LayerWeight, Recipe
from jobs.request import Wish, check_recipes, has_own_layers, make_recipe, preset_layers
from jobs.wish import parse_layers
from samples import STYLES

SETTINGS = load_settings()
STYLE = "5" * 64


def recipe_for(**wish: Any) -> Recipe:
    return make_recipe(Wish(styles=(STYLE,), **wish), SETTINGS)


def preset(**recipe: object) -> Preset:
    return Preset(
        name="p", emoji="🌊", title="P", line="p", recipe=PresetRecipe.model_validate(recipe)
    )


def test_defaults() -> None:
    """Without wishes a recipe is the backbone's own."""
    own = SETTINGS.recipes["squeezenet1_0"]
    recipe = recipe_for()
    layers = {pair.layer: pair.weight for pair in recipe.style_layers}
    assert (recipe.size, recipe.steps, layers) == (own.size, own.steps, own.style_layers)


@pytest.mark.parametrize("text", ["relu1,fire2", " relu1 , FIRE2 ", "relu1 fire2", "relu1;fire2"])
def test_lists(text: str) -> None:
    """A list of layers may be written as people write lists."""
    expected = (LayerWeight(layer="relu1", weight=5), LayerWeight(layer="fire2", weight=0.5))
    assert parse_layers(text, "5, 0.5", "squeezenet1_0") == expected


def test_unknown_layer_lists_the_right_ones() -> None:
    """The sentence for an unknown layer names it and every layer there is."""
    with pytest.raises(errors.UnknownLayer) as caught:
        recipe_for(layers="relu1,conv7")
    assert all(name in str(caught.value) for name in ("conv7", *LAYERS["squeezenet1_0"]))


@pytest.mark.parametrize(
    ("layers", "weights"), [("relu1,fire2", "1"), ("relu1", "1,2"), (None, "1,2")]
)
def test_wrong_count(layers: str | None, weights: str) -> None:
    """Each layer needs one weight, the defaults included."""
    with pytest.raises(errors.WrongCount):
        recipe_for(layers=layers, weights=weights)


@pytest.mark.parametrize(
    "wish", [{"layers": ""}, {"layers": " , "}, {"content_layer": ""}], ids=str
)
def test_no_layer_named(wish: dict[str, str]) -> None:
    """An empty list is not the same as none; the sentence lists the layers."""
    with pytest.raises(errors.NoneNamed, match=r"No layer is named\. Choose from: relu1, fire2"):
        recipe_for(**wish)


def test_no_weight_named() -> None:
    """An empty list of weights has too few of them."""
    with pytest.raises(errors.WrongCount, match="Layers: 1, weights: 0"):
        recipe_for(layers="relu1", weights="")


def test_no_backbone_named() -> None:
    """An empty name is nobody's."""
    with pytest.raises(errors.UnknownBackbone):
        recipe_for(backbone="")


@pytest.mark.parametrize("weights", ["nan,1", "inf,1", "-1,2", "a,b", "0,0", "1e400,1", "1e13,1"])
def test_bad_weights(weights: str) -> None:
    """A weight is a plain number of 0 or more, and one is above 0."""
    with pytest.raises(errors.BadWeight):
        recipe_for(layers="relu1,fire2", weights=weights)


def test_layer_twice() -> None:
    """A layer may be named once."""
    with pytest.raises(errors.BadRequest, match="twice"):
        recipe_for(layers="relu1,relu1")


@pytest.mark.parametrize(
    "wish",
    [{"size": 8}, {"size": 99999}, {"steps": 0}, {"strength": 0}, {"strength": float("nan")}],
    ids=str,
)
def test_out_of_bounds(wish: dict[str, object]) -> None:
    """Numbers outside of the settings' bounds are refused with the bounds."""
    with pytest.raises(errors.OutOfBounds, match="from"):
        recipe_for(**wish)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_keep_colours(value: float) -> None:
    """Colours are kept from 0 to 1."""
    with pytest.raises(errors.OutOfBounds):
        recipe_for(keep_colours=value)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 170, 999])
@pytest.mark.parametrize("backbone", list(LAYERS))
def test_any_number_of_steps(backbone: str, steps: int) -> None:
    """As many steps are made as were asked for."""
    assert recipe_for(backbone=backbone, steps=steps).steps == steps


def test_no_style() -> None:
    """A recipe needs a style."""
    with pytest.raises(errors.NoStyle):
        make_recipe(Wish(), SETTINGS)


def test_a_wish_beats_its_preset() -> None:
    """What a member says counts more than what the preset says."""
    recipe = recipe_for(preset=preset(strength=3, keep_colours=1), strength=0.5)
    assert (recipe.strength, recipe.keep_colours) == (0.5, 1)


def test_preset_tv_is_a_factor() -> None:
    """A preset's smoothness multiplies the backbone's own."""
    assert recipe_for(preset=preset(tv=2)).tv_weight == 2 * recipe_for().tv_weight


def test_preset_layers_of_another_backbone() -> None:
    """A preset's layers become the other backbone's of the same depth; meeting weights add up."""
    layers = preset_layers({"relu1": 1, "fire9": 2}, "vgg19")
    assert [(pair.layer, pair.weight) for pair in layers] == [("relu1_1", 1), ("relu5_4", 2)]


def test_weights_alone_fit_the_default_layers() -> None:
    """Weights without layers are the default layers' weights."""
    weights = [pair.weight for pair in recipe_for(weights="1 2 3 4 5").style_layers]
    assert weights == [1, 2, 3, 4, 5]


def test_defaults_keep_to_the_bounds() -> None:
    """Where a server allows less than a recipe's own size, that is what is painted."""
    settings = load_settings(bounds={"size": (64, 128), "steps": (1, 9)})
    recipe = make_recipe(Wish(styles=(STYLE,)), settings)
    assert (recipe.size, recipe.steps) == (128, 9)


@pytest.mark.parametrize(
    "change",
    [{"style_layers": {"foo": 1.0}}, {"size": 9000}, {"scales": ((0.5, 1, 1),)}],
    ids=str,
)
def test_a_wrong_recipe_of_the_settings_is_named(change: dict[str, Any]) -> None:
    """A recipe in the settings that cannot be painted ends the start with its name."""
    own = SETTINGS.recipes["vgg19"].model_copy(update=change)
    bounds = SETTINGS.bounds.model_copy(update={"size": (64, 9999)})
    recipes = {**SETTINGS.recipes, "vgg19": own}
    settings = SETTINGS.model_copy(update={"recipes": recipes, "bounds": bounds})
    with pytest.raises(SettingsError, match="ATELIER_RECIPES__VGG19"):
        check_recipes(settings)


@pytest.mark.parametrize("backbone", ["squeezenet1_0", "vgg19_original"])
@pytest.mark.parametrize("layers", [{}, {"relu1": 1.0, "fire5": 2.0}])
def test_layers_that_nobody_chose(backbone: str, layers: dict[str, float]) -> None:
    """A recipe whose wish names no layers has the preset's, or the backbone's, as its own."""
    asked = preset(layers=layers)
    assert has_own_layers(recipe_for(preset=asked, backbone=backbone), asked, SETTINGS)


def test_layers_of_a_classic_preset() -> None:
    """A classic preset's layers are its own, too."""
    starry = load_presets(SETTINGS.presets_file, STYLES).named("classic-starry")
    assert has_own_layers(recipe_for(preset=starry), starry, SETTINGS)


@pytest.mark.parametrize("wish", [{"layers": "relu1"}, {"weights": "1,1,1,1,1"}])
def test_layers_that_somebody_chose(wish: dict[str, str]) -> None:
    """Layers or weights that were asked for are not the backbone's own."""
    assert not has_own_layers(recipe_for(**wish), None, SETTINGS)
