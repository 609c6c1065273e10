"""The backbones that are loaded, so that a job seldom waits for one."""

from collections import OrderedDict

from config.settings import Engine
from engine.backbones import Backbone, load_backbone
from engine.runner import Device


class BackboneCache:
    """Loads backbones when they are asked for and keeps the few that were asked for last."""

    KEPT = 3

    def __init__(self, settings: Engine, device: Device) -> None:
        self._settings, self.device = settings, device
        self._loaded: OrderedDict[str, Backbone] = OrderedDict()

    def get(self, asked: str, *, stand_in: bool = True) -> Backbone:
        """The backbone `asked`, or its stand-in if one may be. Raises WeightsError."""
        loaded = self._loaded.get(asked)
        if loaded is None or not (stand_in or loaded.name == asked):
            found = load_backbone(asked, self._settings, self.device, stand_in=stand_in)
            self._loaded[asked] = self._once(found)
        self._loaded.move_to_end(asked)
        if len(self._loaded) > self.KEPT:
            self._loaded.popitem(last=False)
        return self._loaded[asked]

    def _once(self, backbone: Backbone) -> Backbone:
        """A stand-in of several backbones is held once."""
        same = (other for other in self._loaded.values() if other.name == backbone.name)
        return next(same, backbone)
