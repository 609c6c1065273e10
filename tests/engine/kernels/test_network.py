"""The fused network and its losses, from end to end: with kernels as without."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.backbones import REGISTRY, Backbone
from engine.fused import FusedNetwork
from engine.nst.losses import ContentLoss, StyleLoss, gram
from engine.nst.objective import Objective, Targets
from engine.nst.regions import region_losses
from engine.runner import Device
from engine.weights import Weights, WeightsSource
from tests.engine.conftest import random_weights

from .machine import DEVICE, kernels

USERS = ("engine.fused", "engine.nst.losses", "engine.nst.taps")

LAYERS = {
    "its own": ("squeezenet1_0", ["fire3", "fire4", "fire5"], ["relu1", "fire2", "fire3", "fire5"]),
    "none before a pool": ("squeezenet1_0", ["fire5"], ["fire2", "fire5"]),
    "content alone": ("squeezenet1_1", ["relu1", "fire4"], []),
    "vgg": ("vgg16", ["relu2_2"], ["relu1_1", "relu2_1", "relu3_1"]),
}


def pictures(seed: int) -> Tensor:
    """Two of 42 x 37 px."""
    return torch.rand(2, 3, 37, 42, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def backbone_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Backbone:
    """Fused, though in float32, with random weights."""
    torch.backends.cudnn.allow_tf32 = False
    weights = Weights(random_weights(name), WeightsSource("random", "0" * 64), Path("random"))
    backbone = Backbone(name, weights, Device(torch.device(DEVICE)))
    entry = REGISTRY[name]
    mean, deviation = (
        torch.tensor(each, device=DEVICE).view(1, 3, 1, 1) for each in (entry.mean, entry.deviation)
    )
    fused = FusedNetwork(backbone.network, mean, deviation, torch.float32)
    monkeypatch.setattr(backbone, "_fused", fused)
    return backbone


def targets_of(
    backbone: Backbone, content: list[str], style: list[str], place: int, *, regions: bool = False
) -> Targets:
    """One picture's; the second one's lack its first layers."""
    content, style = content[place:], style[place:]
    seen = backbone.features(pictures(1)[place : place + 1], frozenset(content + style))
    contents = {name: ContentLoss(seen[name], 0.3 + place) for name in content}
    grams = {name: gram(seen[name]) for name in style}
    if not regions:
        return Targets(contents, {name: StyleLoss(grams[name], 2.0) for name in style}, 0.1)
    halves = torch.zeros(1, 2, 37, 42, device=DEVICE)
    halves[:, 0, :20] = halves[:, 1, 20:] = 1
    by_region = {
        (name, number): loss
        for name in style
        for number, loss in enumerate(
            region_losses([grams[name]] * 2, halves, tuple(seen[name].shape[2:]), 2.0)
        )
    }
    return Targets(contents, {}, 0.1, by_region)


def slope(backbone: Backbone, targets: list[Targets]) -> tuple[Tensor, Tensor]:
    """The losses and their gradient at the pictures."""
    images = pictures(2)[: len(targets)].requires_grad_()
    total = Objective(backbone, targets)(images).total
    return total.detach(), torch.autograd.grad(total.sum(), images)[0]


def take(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """These, or None, in all modules of the way through a network."""
    for user in USERS:
        monkeypatch.setattr(f"{user}.kernels_for", lambda _: found)


def distance(found: Tensor, expected: Tensor) -> float:
    """|found - expected| / |expected|."""
    return float((found - expected).norm() / expected.norm())


def hold_against_none(
    backbone: Backbone, targets: list[Targets], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses and slope are the same with kernels and without."""
    take(None, monkeypatch)
    losses, gradient = slope(backbone, targets)
    take(kernels, monkeypatch)
    found_losses, found_gradient = slope(backbone, targets)
    assert distance(found_losses, losses) < 1e-5
    assert distance(found_gradient, gradient) < 1e-4


@pytest.mark.parametrize("layers", LAYERS)
def test_the_slope_is_that_without_kernels(layers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers with one loss, with both and with none, before a pool and elsewhere; two pictures."""
    name, content, style = LAYERS[layers]
    backbone = backbone_of(name, monkeypatch)
    targets = [targets_of(backbone, content, style, place) for place in range(2)]
    hold_against_none(backbone, targets, monkeypatch)


def test_that_of_regions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose gradient goes its own way, while the content's is masked by the kernel."""
    name, content, style = LAYERS["its own"]
    backbone = backbone_of(name, monkeypatch)
    targets = [targets_of(backbone, content, style, place, regions=True) for place in range(2)]
    hold_against_none(backbone, targets, monkeypatch)


def test_few_gradients_go_through_a_mask_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The squeeze layers, and those layers that have neither losses nor a pool behind them."""
    name, content, style = LAYERS["none before a pool"]
    backbone = backbone_of(name, monkeypatch)
    targets = [targets_of(backbone, content, style, 0)]
    take(kernels, monkeypatch)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        slope(backbone, targets)
    masks = [event for event in profile.events() if event.name == "aten::threshold_backward"]
    # Four squeeze layers, and fire3.
    assert 5 == len(masks)
