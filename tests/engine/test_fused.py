"""The fused networks: the same activations and gradients as the plain ones."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from engine.backbones import REGISTRY
from engine.fused import FusedNetwork
from engine.networks import Tap

LAYERS = {
    "squeezenet1_0": frozenset({"relu1", "fire2", "fire5", "fire9"}),
    "squeezenet1_1": frozenset({"relu1", "fire3"}),
    "vgg19_original": frozenset({"relu1_1", "relu2_2", "relu3_1", "relu4_1"}),
}


def both(
    name: str, dtype: torch.dtype, *, masks: bool = False
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The activations of two pictures, and the gradient of their squares as `gradient`.

    `masks` takes the gradient at the layers through their ReLU, and tells the fused network so.
    """
    entry = REGISTRY[name]
    torch.manual_seed(1)
    network = entry.build().requires_grad_(False)
    mean, deviation = (
        torch.tensor(each).view(1, 3, 1, 1) for each in (entry.mean, entry.deviation)
    )
    fused = FusedNetwork(network, mean, deviation, dtype)
    images = torch.rand(2, 3, 61, 48)

    def found(run: Callable[[Tensor, Tap], None]) -> dict[str, Tensor]:
        here = images.clone().requires_grad_()
        features: dict[str, Tensor] = {}

        def keep(name: str, x: Tensor) -> Tensor:
            features[name] = x
            if masks:
                passing = x.detach() > 0
                x.register_hook(lambda gradient: gradient * passing)
            return x

        run(here, keep)
        total = torch.stack([each.float().square().mean() for each in features.values()]).sum()
        (gradient,) = torch.autograd.grad(total, here)
        return {name: each.float().detach() for name, each in features.items()} | {
            "gradient": gradient
        }

    plain = found(lambda here, tap: network((here - mean) / deviation, LAYERS[name], tap))
    return plain, found(lambda here, tap: fused(here, LAYERS[name], tap, masks=masks))


def distance(found: Tensor, expected: Tensor) -> float:
    """|found - expected| / |expected|."""
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_in_float32_it_is_the_plain_network(name: str, masks: bool) -> None:
    """Each layer that was asked for, and the gradient at the pictures."""
    plain, fused = both(name, torch.float32, masks=masks)
    assert plain.keys() == fused.keys()
    assert max(distance(fused[layer], plain[layer]) for layer in plain) < 1e-5


@pytest.mark.parametrize("name", LAYERS)
def test_in_bfloat16_it_differs_by_rounding(name: str) -> None:
    """Eight bits of a number are left; the gradient has gone through all layers twice."""
    plain, fused = both(name, torch.bfloat16)
    gradient = distance(fused.pop("gradient"), plain.pop("gradient"))
    assert max(distance(fused[layer], plain[layer]) for layer in plain) < 0.02
    assert gradient < 0.1
