"""Bringing an engine up: the device, the first backbone, and how fast the two are."""

from functools import partial

import structlog

from config.settings import Settings
from engine.backbone_cache import BackboneCache
from engine.calibration import measure_speed
from engine.engine import Engine
from engine.estimates import Estimates
from engine.runner import pick_device

log = structlog.get_logger(__name__)


def start_engine(settings: Settings) -> Engine:
    """An engine that is ready for its first job; takes seconds, or as long as a download does.

    Raises NoSuchDevice, WeightsError.
    """
    backbones = BackboneCache(settings.engine, pick_device(settings.engine))
    backbone = backbones.get(settings.engine.backbone)
    estimates = Estimates()
    estimates.expect(backbone.name, measure_speed(backbone, settings))
    engine = Engine(
        settings, backbones, estimates, measure=partial(measure_speed, settings=settings)
    )
    log.info(
        "engine_calibrated",
        backbone=backbone.name,
        seconds_per_megapixel_step=round(estimates.rate(backbone.name) or 0.0, 3),
        free_mib=backbones.device.free_bytes() >> 20,
        slots=engine.slots,
    )
    return engine
