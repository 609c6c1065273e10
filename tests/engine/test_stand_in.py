"""A recipe for the backbone that stands in."""

import subprocess
import sys

from config.settings import load_settings
from engine.stand_in import adapt
from jobs.presets import Preset, PresetRecipe
from jobs.recipe import LayerWeight, Recipe
from jobs.request import Wish, has_own_layers, make_recipe

SETTINGS = load_settings()


def recipe(**wishes: object) -> Recipe:
    """A recipe for SqueezeNet 1.0 with these wishes."""
    return make_recipe(
        Wish(backbone="squeezenet1_0", styles=["0" * 64], seed=1, **wishes),  # type: ignore[arg-type]
        SETTINGS,
    )


def weights(layers: tuple[LayerWeight, ...]) -> dict[str, float]:
    """Layers as a dict."""
    return {layer.layer: layer.weight for layer in layers}


def test_a_default_recipe_becomes_the_other_backbones() -> None:
    """It is the recipe that somebody who asked for the stand-in would have got."""
    own = make_recipe(Wish(backbone="vgg19_original", styles=["0" * 64], seed=1), SETTINGS)
    assert own == adapt(recipe(), SETTINGS, "vgg19_original")


def test_a_recipe_for_the_backbone_itself_stays_as_it_is() -> None:
    """Nothing stands in, nothing changes."""
    asked = recipe(layers="fire2")
    assert asked == adapt(asked, SETTINGS, "squeezenet1_0")


def test_a_members_layers_become_those_that_lie_as_deep() -> None:
    """relu1 is the first of both; fire9 is the last of both."""
    adapted = adapt(recipe(layers="relu1,fire9", weights="5,2"), SETTINGS, "vgg19_original")
    assert {"relu1_1": 5.0, "relu5_4": 2.0} == weights(adapted.style_layers)


def test_layers_that_meet_weigh_as_much_as_both() -> None:
    """relu1_2 and relu2_1 of VGG-19 both lie as deep as fire2."""
    layers = {"layers": "relu1_1,relu1_2,relu2_1", "weights": "1,2,4"}
    wish = Wish(backbone="vgg19", styles=["0" * 64], **layers)  # type: ignore[arg-type]
    adapted = adapt(make_recipe(wish, SETTINGS), SETTINGS, "squeezenet1_0")
    assert {"relu1": 1.0, "fire2": 6.0} == weights(adapted.style_layers)


def test_a_members_content_layer_is_mapped_too() -> None:
    """fire9 is the deepest of its network, and so is relu5_4."""
    adapted = adapt(recipe(content_layer="fire9"), SETTINGS, "vgg19_original")
    assert {"relu5_4": 1.0} == weights(adapted.content_layers)


def test_what_somebody_chose_stays() -> None:
    """Numbers that are nobody's default are kept."""
    chosen = {"content_weight": 0.37, "strength": 3.0, "tv": 0.123, "size": 300, "steps": 77}
    adapted = adapt(recipe(**chosen), SETTINGS, "vgg19_original")
    found = (
        adapted.content_weight,
        adapted.strength,
        adapted.tv_weight,
        adapted.size,
        adapted.steps,
    )
    assert tuple(chosen.values()) == found


def test_chosen_steps_are_shared_out_over_the_own_scales() -> None:
    """The schedule is the stand-in's."""
    adapted = adapt(recipe(steps=77), SETTINGS, "vgg19_original")
    own = SETTINGS.recipes["vgg19_original"].scales
    expected = [(fraction, content) for fraction, _, content in own]
    assert expected == [(scale.fraction, scale.content) for scale in adapted.scales]


def test_it_needs_no_torch() -> None:
    """A host without torch can adapt a recipe."""
    script = "import sys, engine.stand_in; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "False" == done.stdout.strip(), done.stderr


def test_a_presets_layers_stay_its_own() -> None:
    """A preset's layers, mapped by depth, are told as little as they are with the asked network."""
    deep = PresetRecipe(layers={"fire2": 1.0, "fire5": 2.0})
    preset = Preset(name="p", emoji="🌊", title="P", line="p", recipe=deep)
    assert has_own_layers(adapt(recipe(preset=preset), SETTINGS), preset, SETTINGS)
