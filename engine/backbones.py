"""The registry of backbones, and loading one: a new backbone is one more entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
import torch
from torch import Tensor
from torch.nn import functional as F

from config.settings import Engine
from engine import networks
from engine.errors import BadWeights, NoStandIn, WeightsMissing
from engine.fused import FusedNetwork
from engine.networks import Network, Tap
from engine.runner import Device
from engine.stand_in import STAND_IN
from engine.weights import Weights, WeightsSource, find_weights

log = structlog.get_logger(__name__)

MIN_SIDE = 16
"""Pictures are continued by their edge to this many px, so that every layer has a pixel left."""

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CAFFE = ((123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255, 1 / 255, 1 / 255))


@dataclass(frozen=True)
class Entry:
    """How a backbone is built, and mean and deviation (RGB) of what it was trained on."""

    build: Callable[[], Network]
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


REGISTRY: dict[str, Entry] = {
    "squeezenet1_0": Entry(networks.squeezenet1_0, *_IMAGENET),
    "squeezenet1_1": Entry(networks.squeezenet1_1, *_IMAGENET),
    "vgg16": Entry(networks.vgg16, *_IMAGENET),
    "vgg19": Entry(networks.vgg19, *_IMAGENET),
    "vgg19_original": Entry(networks.vgg19, *_CAFFE),
}


class Backbone:
    """A network with its weights on a device; its parameters never change."""

    def __init__(self, name: str, weights: Weights, device: Device) -> None:
        """Raises BadWeights where `weights` are another network's."""
        entry = REGISTRY[name]
        self.name = name
        self.weights: WeightsSource = weights.source
        self.device = device
        self.network = entry.build()
        _fill(self.network, name, weights)
        device.place_module(self.network)
        self._mean = device.place(torch.tensor(entry.mean).view(1, 3, 1, 1))
        self._deviation = device.place(torch.tensor(entry.deviation).view(1, 3, 1, 1))
        self._fused: FusedNetwork | None = None
        if device.network_dtype is not device.dtype:
            self._fused = FusedNetwork(
                self.network, self._mean, self._deviation, device.network_dtype
            )

    def normalised(self, images: Tensor) -> Tensor:
        """RGB pictures (B, 3, H, W) in [0, 1] as the network was trained on them."""
        return (images - self._mean) / self._deviation

    def denormalised(self, images: Tensor) -> Tensor:
        """The way back from `normalised`."""
        return images * self._deviation + self._mean

    def plain_features(self, normalised: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """The activations that torchvision's own network has, edges included.

        `normalised` (B, 3, H, W) has at least MIN_SIDE px each way.
        """
        found: dict[str, Tensor] = {}
        self.network(normalised, frozenset(layers), _keeper(found), as_torchvision=True)
        return found

    def features(self, images: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """The activations at `layers`, each (B, C, h, w), of RGB pictures (B, 3, H, W) in [0, 1].

        What lies behind the deepest of them does not run.
        """
        found: dict[str, Tensor] = {}
        self.tapped(images, frozenset(layers), _keeper(found))
        return found

    def tapped(
        self, images: Tensor, layers: frozenset[str], tap: Tap, *, masks: bool = False
    ) -> None:
        """Show `tap` the activations at `layers`, as `features` has them, on their way.

        `masks` says that the gradient behind `tap` is already that before their ReLU.
        """
        if not layers:
            return
        short_h, short_w = (max(0, MIN_SIDE - side) for side in images.shape[-2:])
        if short_h or short_w:
            images = F.pad(images, (0, short_w, 0, short_h), mode="replicate")
        if self._fused is not None:
            self._fused(images, layers, tap, masks=masks)
        else:
            self.network(self.normalised(images), layers, tap)


def _keeper(found: dict[str, Tensor]) -> Tap:
    """Keeps what it is shown."""

    def keep(name: str, activations: Tensor) -> Tensor:
        found[name] = activations
        return activations

    return keep


def _fill(network: Network, name: str, weights: Weights) -> None:
    """Load the convolutions; a classifier in the file is left out."""
    own = {key: value for key, value in weights.tensors.items() if key.startswith("features.")}
    try:
        network.load_state_dict(own)
    except (RuntimeError, AttributeError, TypeError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise BadWeights(str(weights.path), name, lines[min(1, len(lines) - 1)]) from error


def load_backbone(name: str, engine: Engine, device: Device, *, stand_in: bool = True) -> Backbone:
    """The backbone `name`, or the stand-in where its weights cannot be had: see `Backbone.name`.

    Raises WeightsError where a file is damaged or not even the stand-in is there, and NoStandIn
    where no other network will do (`stand_in` is False).
    """
    try:
        weights = find_weights(name, engine)
    except WeightsMissing as error:
        if name == STAND_IN:
            raise
        if not stand_in:
            raise NoStandIn(name, error.why) from error
        log.warning("backbone_stand_in", asked=name, used=STAND_IN, why=error.why)
        name, weights = STAND_IN, find_weights(STAND_IN, engine)
    backbone = Backbone(name, weights, device)
    log.info(
        "backbone_loaded",
        backbone=name,
        weights=weights.source.source,
        sha256=weights.source.sha256[:12],
        device=device.name,
    )
    return backbone
