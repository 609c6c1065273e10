"""A network with random weights, and a photo with a style on the disk."""

from pathlib import Path

import pytest

from benchmarks.quality.methods import Task
from benchmarks.quality.pairs import Pair
from config.settings import load_settings
from engine.backbones import Backbone
from engine.runner import pick_device
from engine.weights import Weights, WeightsSource
from tests.engine.conftest import engine_settings, picture, random_weights


@pytest.fixture(scope="session")
def backbone() -> Backbone:
    """SqueezeNet 1.0 with random weights."""
    source = WeightsSource("random", "0" * 64)
    weights = Weights(random_weights("squeezenet1_0"), source, Path("random"))
    return Backbone("squeezenet1_0", weights, pick_device(engine_settings()))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A photo and a style of 80 x 64 px."""
    found = Pair(tmp_path / "photo.png", tmp_path / "style.png")
    picture(80, 64, 1).save(found.photo)
    picture(80, 64, 2).save(found.style)
    return found


@pytest.fixture
def task(backbone: Backbone) -> Task:
    """At 64 px."""
    return Task(backbone, 64, load_settings())
