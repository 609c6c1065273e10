"""Bringing an engine up."""

from pathlib import Path

import pytest
from safetensors.torch import save_file

from config.settings import load_settings
from engine.errors import NoSuchDevice
from engine.start import start_engine

from .conftest import random_weights


def test_an_engine_that_was_started_can_tell_the_time(tmp_path: Path) -> None:
    """Before its first job an engine names its backbone and has a rate for it."""
    name = "squeezenet1_1"
    save_file(random_weights(name), tmp_path / f"{name}.safetensors")
    own = {"backbone": name, "weights_dir": str(tmp_path), "device": "cpu", "threads": 1}
    engine = start_engine(load_settings(engine=own))
    rate = engine.estimates.rate(name)
    assert (name, True) == (engine.backbone, rate is not None and rate > 0)


def test_a_device_that_is_not_there() -> None:
    """An engine for a device that this machine lacks does not start."""
    settings = load_settings(engine={"device": "cuda:99", "download": "never"})
    with pytest.raises(NoSuchDevice, match=r"cuda:99"):
        start_engine(settings)
