"""The objective written plainly is the engine's."""

from typing import get_args

import pytest
import torch
from PIL import Image

from benchmarks.quality.methods import Task
from benchmarks.quality.pairs import Pair
from benchmarks.straightforward import Straightforward
from config.settings import OptimizerName
from engine.backbones import Backbone
from engine.nst.tensors import to_tensor
from engine.nst.transfer import Transfer
from jobs.recipe import Scale


def plain(task: Task, pair: Pair, backbone: Backbone, name: OptimizerName) -> Straightforward:
    """At the size of the files."""
    photo, style = (to_tensor(each) for each in pair.opened())
    return Straightforward(task.recipe(2.0), photo, style, backbone, name)


def test_its_loss_is_the_engines(task: Task, pair: Pair, backbone: Backbone) -> None:
    """Layers, weights, strength and smoothness mean the same."""
    photo, style = pair.opened()
    one_scale = (Scale(fraction=1, steps=1),)
    recipe = task.recipe(2.0).model_copy(update={"size": 80, "scales": one_scale})
    engines = Transfer(recipe, photo, [style], backbone).initial_losses.total
    found = plain(task, pair, backbone, "adam").loss(to_tensor(photo))
    assert float(found) == pytest.approx(engines, rel=1e-5)


@pytest.mark.parametrize("name", get_args(OptimizerName))
def test_it_goes_down_within_bounds(
    task: Task, pair: Pair, backbone: Backbone, name: OptimizerName
) -> None:
    """Five steps of either optimiser make the loss smaller, and the picture stays a picture."""
    ours = plain(task, pair, backbone, name)
    losses = [ours.step() for _ in range(5)]
    inside = torch.equal(ours.image, ours.image.clamp(0, 1))
    assert (losses[-1] < losses[0], inside) == (True, True)


def test_pictures_of_a_pair_are_read_at_once(pair: Pair) -> None:
    """They stay there when the files are gone."""
    photo, style = pair.opened()
    pair.photo.unlink()
    sizes = [each.resize((8, 8), Image.Resampling.LANCZOS).size for each in (photo, style)]
    assert sizes == [(8, 8), (8, 8)]
