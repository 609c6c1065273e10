"""On a GPU: captured steps paint what others paint, alone, in company and with few digits."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from config.settings import load_settings
from engine.backbones import Backbone
from engine.nst.captured import Captures
from engine.nst.transfer import Transfer
from engine.runner import pick_device
from engine.weights import Weights, WeightsSource
from jobs.recipe import Recipe, Scale
from jobs.request import Wish, make_recipe

from .conftest import picture, random_weights

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]
STEPS = 20


def backbone(**engine: Any) -> Backbone:
    """SqueezeNet 1.0 with random weights."""
    device = pick_device(load_settings(engine={"device": "auto", **engine}).engine)
    weights = Weights(
        random_weights("squeezenet1_0"), WeightsSource("random", "0" * 64), Path("random")
    )
    return Backbone("squeezenet1_0", weights, device)


def recipe(**changes: Any) -> Recipe:
    """Of one scale."""
    wish = Wish(backbone="squeezenet1_0", styles=["0" * 64], seed=1, size=128)
    scales = (Scale(fraction=1, steps=STEPS),)
    return make_recipe(wish, load_settings()).model_copy(update={"scales": scales, **changes})


def walkers(network: Backbone, count: int, **changes: Any) -> list[Transfer]:
    """Of photos and paintings that no other number has."""
    found = []
    for number in range(count):
        photo, style = picture(128, 96, number), picture(100, 100, number + 50)
        captures = Captures() if network.device.captures else None
        found.append(Transfer(recipe(**changes), photo, [style], network, captures=captures))
    return found


def painted(walker: Transfer) -> Image.Image:
    """All of its steps, in strides."""
    while not walker.done:
        walker.step(walker.backbone.device.stride)
    return walker.picture()


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_in_company_as_alone(optimizer: str) -> None:
    """In float32 after twenty steps, in a captured batch with an empty place.

    A batch is convolved by other routines than a picture alone, and steps make more of that.
    """
    network = backbone(precision="float32")
    alone, met = (walkers(network, 3, optimizer=optimizer) for _ in range(2))
    for walker in alone:
        painted(walker)
    captures = Captures()
    losses = captures.advance(network, met, STEPS)
    for walker, each in zip(met, losses, strict=True):
        walker.stepped(STEPS, each)
    off = [float((a.image - b.image).abs().mean()) for a, b in zip(alone, met, strict=True)]
    assert max(off) < 5e-3
    for one, other in zip(alone, met, strict=True):
        expected = pytest.approx(one.finished_losses().total, rel=0.02)
        assert expected == other.finished_losses().total


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_as_on_a_cpu(precision: str) -> None:
    """The losses of the finished picture are those of the plain path, few digits or many."""
    (plain,) = walkers(backbone(device="cpu"), 1)
    (quick,) = walkers(backbone(precision=precision), 1)
    painted(plain)
    painted(quick)
    initial = pytest.approx(plain.initial_losses.total, rel=0.02)
    assert initial == quick.initial_losses.total
    expected = pytest.approx(plain.finished_losses().total, rel=0.1)
    assert expected == quick.finished_losses().total
