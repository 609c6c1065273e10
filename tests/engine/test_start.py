"""Bringing an engine up."""

import pytest

from config.settings import load_settings
from engine.errors import NoSuchDevice
from engine.start import start_engine


def test_an_engine_that_was_started_can_tell_the_time() -> None:
    """Before its first job an engine names its backbone and has a rate for it."""
    settings = load_settings(
        engine={"backbone": "vgg19_original", "download": "never", "device": "cpu"}
    )
    engine = start_engine(settings)
    rate = engine.estimates.rate("vgg19_original")
    assert ("vgg19_original", True) == (engine.backbone, rate is not None and rate > 0)


def test_a_device_that_is_not_there() -> None:
    """An engine for a device that this machine lacks does not start."""
    settings = load_settings(engine={"device": "cuda:99", "download": "never"})
    with pytest.raises(NoSuchDevice, match=r"cuda:99"):
        start_engine(settings)
