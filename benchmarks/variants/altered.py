"""Backbones that the losses see otherwise than the engine's own."""

import torch
from torch import Tensor

from engine.backbones import Backbone
from engine.networks import Tap


class Smoothed(Backbone):
    """Shows the losses a softmax of the activations; the network itself goes on as it was.

    SWAG (Wang, Li and Vasconcelos, CVPR 2021), over the channels of each place. The softmax is
    multiplied by the number of channels, so that its mean is 1.
    """

    def __init__(self, plain: Backbone, temperature: float) -> None:
        """Activations are divided by `temperature` before the softmax."""
        vars(self).update(vars(plain))
        self._temperature = temperature

    def tapped(
        self, images: Tensor, layers: frozenset[str], tap: Tap, *, masks: bool = False
    ) -> None:
        """As Backbone.tapped; what `tap` gives back is not used."""

        def shown(name: str, x: Tensor) -> Tensor:
            tap(name, torch.softmax(x / self._temperature, dim=1) * x.shape[1])
            return x

        # The way back leads through the softmax before it comes to the ReLU.
        super().tapped(images, layers, shown, masks=False)


class AsTorchvision(Backbone):
    """Has torchvision's own first convolution: SqueezeNet's without a margin, VGG's with black."""

    def __init__(self, plain: Backbone) -> None:
        vars(self).update(vars(plain))

    def tapped(
        self, images: Tensor, layers: frozenset[str], tap: Tap, *, masks: bool = False
    ) -> None:
        """As Backbone.tapped, in float32."""
        self.network(self.normalised(images), layers, tap, as_torchvision=True)
