"""The advice of L-BFGS by kernels against that of plain torch, from one and the same state."""

import pytest
import torch
from torch import Tensor

from engine.nst import curvature
from engine.nst.curvature import Curvature

from .machine import DEVICE, kernels, noise

LENGTH = Curvature.CHUNK + 300
WRONG = (3, 9, 10, 24)
"""Changes along which the slope does not rise."""


def after(changes: int, seed: int = 0) -> tuple[Curvature, Tensor, Tensor]:
    """What is known after so many changes and all but the last bend, and the next slopes (1, N)."""
    known = Curvature(1, LENGTH, like=torch.zeros(1))
    bowl = noise(1, LENGTH, seed=seed).cpu().abs() + 0.1
    slope, last = noise(1, LENGTH, seed=seed + 1).cpu(), torch.zeros(1, LENGTH)
    for change in range(changes):
        known.advice(slope, last)
        moved = noise(1, LENGTH, seed=seed + change + 2).cpu()
        image = torch.full((1, 1, 1, 1), 0.5)
        known.walk_(image, torch.zeros_like(image), moved, torch.ones(1))
        slope = slope + (-bowl if change in WRONG else bowl) * moved
    return known, slope, last


def together(each: list[tuple[Curvature, Tensor, Tensor]]) -> tuple[Curvature, Tensor, Tensor]:
    """In one room."""
    room = Curvature(len(each), LENGTH, like=torch.zeros(1))
    for name in Curvature.STATE:
        setattr(room, name, torch.cat([getattr(known, name) for known, _, _ in each]))
    return room, torch.cat([slope for _, slope, _ in each]), torch.cat([last for *_, last in each])


def moved(room: Curvature) -> Curvature:
    """A copy of it where kernels run."""
    there = Curvature(len(room._count), LENGTH, like=torch.zeros(1, device=DEVICE))
    for name in Curvature.STATE:
        setattr(there, name, getattr(room, name).to(DEVICE, copy=True))
    return there


@pytest.mark.parametrize("changes", [(0,), (1,), (3,), (4,), (11,), (25,), (3, 25), (0, 12, 4)])
def test_advice_is_that_of_plain_torch(
    changes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At first, after a pair that says nothing, when old pairs are forgotten, and in company."""
    room, slope, last = together([after(count, seed=100 * count) for count in changes])
    there, there_slope, there_last = moved(room), slope.to(DEVICE), last.to(DEVICE, copy=True)
    expected, known = room.advice(slope, last)
    monkeypatch.setattr(curvature, "kernels_for", lambda tensor: kernels)
    found, found_known = there.advice(there_slope, there_last)
    assert torch.equal(known, found_known.cpu())
    assert torch.equal(last, there_last.cpu())
    assert torch.allclose(expected, found.cpu(), rtol=1e-3, atol=1e-4)
    assert torch.equal(room._known, there._known.cpu())
    assert torch.equal(room._count, there._count.cpu())
    assert torch.allclose(room._products, there._products.cpu(), rtol=1e-4, atol=1e-2)
    assert torch.equal(there._products, there._products.mT)


def test_of_no_pair_that_says_anything_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the way is down the slope."""
    there, slope = moved(after(0)[0]), noise(1, LENGTH)
    monkeypatch.setattr(curvature, "kernels_for", lambda tensor: kernels)
    there.advice(slope, torch.zeros_like(slope))
    change, image = noise(1, LENGTH, seed=1), torch.full((1, 1, 1, 1), 0.5, device=DEVICE)
    there.walk_(image, torch.zeros_like(image), change, torch.ones(1, device=DEVICE))
    direction, known = there.advice(slope - change, slope.clone())
    assert not known.any()
    assert torch.equal(change - slope, direction)
