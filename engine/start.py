"""Bringing an engine up: the device, the first backbone, and how fast the two are."""

import time

import structlog
from PIL import Image

from config.settings import Settings
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.engine import Engine
from engine.estimates import Estimates
from engine.nst.transfer import Transfer
from engine.runner import pick_device
from jobs.recipe import Scale
from jobs.request import Wish, make_recipe

log = structlog.get_logger(__name__)

_SIDE = 160
_STEPS = 4
_NO_DIGEST = "0" * 64


def start_engine(settings: Settings) -> Engine:
    """An engine that is ready for its first job; takes seconds, or as long as a download does.

    Raises NoSuchDevice, WeightsError.
    """
    backbones = BackboneCache(settings.engine, pick_device(settings.engine))
    backbone = backbones.get(settings.engine.backbone)
    estimates = Estimates()
    rate = measure_rate(backbone, settings)
    estimates.expect(backbone.name, rate)
    log.info("engine_calibrated", backbone=backbone.name, seconds_per_megapixel_step=round(rate, 3))
    return Engine(settings, backbones, estimates)


def measure_rate(backbone: Backbone, settings: Settings) -> float:
    """Seconds a megapixel step takes: the best of a few on a small canvas.

    The best, since a first step warms up, and other processes start at the same time as this one.
    """
    wish = Wish(backbone=backbone.name, styles=[_NO_DIGEST], seed=0)
    scales = (Scale(fraction=1, steps=_STEPS),)
    recipe = make_recipe(wish, settings).model_copy(update={"size": _SIDE, "scales": scales})
    picture = Image.effect_noise((_SIDE, _SIDE), 64).convert("RGB")
    transfer = Transfer(recipe, picture, [picture], backbone)
    seconds = []
    while not transfer.done:
        begun = time.perf_counter()
        transfer.step()
        seconds.append(time.perf_counter() - begun)
    return min(seconds) / (_SIDE**2 / 1e6)
