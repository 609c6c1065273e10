"""Networks: the same as torchvision's, layer by layer."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from engine import networks
from engine.backbones import REGISTRY
from engine.networks import Conv, EdgeConv
from engine.torchvision_import import torchvision_models
from jobs.layers import LAYERS
from tests.engine.conftest import random_weights


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_those_of_the_contract_in_its_order(name: str) -> None:
    """The names of a network's activations are those that a host without torch checks."""
    assert LAYERS[name] == tuple(filter(None, REGISTRY[name].build().names))


@pytest.mark.parametrize("name", ["squeezenet1_0", "squeezenet1_1", "vgg16", "vgg19"])
def test_activations_are_those_of_torchvision(name: str) -> None:
    """With the same weights, and torchvision's own edges, nothing differs."""
    ours = REGISTRY[name].build().eval()
    theirs = getattr(torchvision_models(), name)(weights=None).features.eval()
    weights = random_weights(name)
    ours.load_state_dict(weights)
    theirs.load_state_dict({key.removeprefix("features."): w for key, w in weights.items()})
    image = torch.rand(1, 3, 70, 54, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found: dict[str, Tensor] = {}
        tap = partial(_keep, found)
        ours(image, frozenset(LAYERS[name]), tap, as_torchvision=True)
        expected = _activations(theirs, image, ours.names)
    worst = max(float((found[layer] - expected[layer]).abs().max()) for layer in LAYERS[name])
    assert 0.0 == worst


def _keep(found: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    """A tap."""
    found[name] = x.clone()
    return x


def _activations(features: nn.Sequential, image: Tensor, names: list[str]) -> dict[str, Tensor]:
    """Each module's output, copied before a ReLU in place can change it."""
    found = {}
    for name, module in zip(names, features, strict=False):
        image = module(image)
        found[name] = image.clone()
    return found


def test_the_picture_goes_on_beyond_its_edge() -> None:
    """A first convolution sees a flat picture flat up to its edge: no border of another colour."""
    conv = EdgeConv(4, kernel=7, stride=2)
    out = conv(torch.full((1, 3, 20, 20), 0.5)).detach()
    assert 0.0 == pytest.approx(float((out - out[..., :1, :1]).abs().max()), abs=1e-6)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (7, 2)])
@pytest.mark.parametrize("size", [(16, 16), (21, 34), (33, 90)])
def test_the_way_back_to_pictures_is_torchs(
    kernel: int, stride: int, size: tuple[int, int]
) -> None:
    """A frozen first convolution gives the gradient of one that is not, up to rounding."""
    free, frozen = (EdgeConv(24, kernel, stride) for _ in range(2))
    frozen.load_state_dict(free.state_dict())
    frozen.requires_grad_(False)
    generator = torch.Generator().manual_seed(1)
    batch = torch.rand(9, 3, *size, generator=generator).requires_grad_()
    outs = [conv(batch) for conv in (free, frozen)]
    weights = torch.randn(outs[0].shape, generator=generator)
    expected, slope = (torch.autograd.grad(out, batch, weights)[0] for out in outs)
    assert torch.equal(*outs)
    assert torch.allclose(expected, slope, atol=1e-5)
    single = batch.detach()[:1].clone().requires_grad_()
    (alone,) = torch.autograd.grad(frozen(single), single, weights[:1])
    assert torch.equal(alone, slope[:1])


def test_what_lies_behind_the_deepest_layer_does_not_run() -> None:
    """Asked for fire2, the network stops there."""
    network = networks.squeezenet1_0()
    ran: list[str] = []
    for name, module in zip(network.names, network.features, strict=True):
        module.register_forward_hook(_note(name, ran))
    network(torch.rand(1, 3, 32, 32), frozenset({"fire2"}), partial(_keep, {}))
    assert ["", "relu1", "", "fire2"] == ran


def _note(name: str, ran: list[str]) -> Callable[..., None]:
    return lambda *_: ran.append(name)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("count", [2, 9, 17])
@pytest.mark.parametrize(("kernel", "height"), [(1, 9), (3, 9), (1, 60), (3, 60)])
def test_a_convolution_does_not_see_neighbours(
    kernel: int, height: int, count: int, layout: torch.memory_format
) -> None:
    """Each picture of a batch has the numbers that it has alone, to the bit, there and back."""
    conv = Conv(16, 24, kernel, padding=kernel // 2)
    conv.weight.data = conv.weight.data.contiguous(memory_format=layout)
    generator = torch.Generator().manual_seed(1)
    batch = torch.randn(count, 16, height, 30, generator=generator).requires_grad_()
    single = batch.detach()[:1].clone().requires_grad_()
    together, alone = conv(batch), conv(single)
    weights = torch.randn(together.shape, generator=generator)
    (there,) = torch.autograd.grad(together, batch, weights)
    (back,) = torch.autograd.grad(alone, single, weights[:1])
    assert torch.equal(alone, together[:1])
    assert torch.equal(back, there[:1])
