"""How far L-BFGS goes, by kernels against plain torch."""

import math

import pytest
import torch

from engine.nst import optimisers
from engine.nst.optimisers import LBFGS

from .machine import DEVICE, kernels, noise

NAMES = ("_limit", "_last_loss", "_made")


def lbfgs(device: str) -> LBFGS:
    """Of four pictures that are at different points of their ways."""
    found = LBFGS(torch.full((4, 3, 50, 40), 0.5, device=device), 0.1)
    found._limit.copy_(torch.tensor([0.25, 0.01, 0.05, 2e-4]))
    found._last_loss.copy_(torch.tensor([math.inf, 2.0, 0.5, 0.5]))
    found._made.copy_(torch.tensor([0.0, 5.0, 90.0, 3.0]))
    found._landing.copy_(torch.tensor([math.inf, 10.0, 100.0, 100.0]))
    return found


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_the_length_is_that_of_plain_torch(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the loss rose and where it fell, at full speed and when landing, known or not."""
    loss, moved = torch.ones(4), scale * noise(4, 3, 50, 40).cpu()
    for known in (
        torch.tensor([False, True, True, True]),
        torch.tensor([True, False, False, True]),
    ):
        plain, quick = lbfgs("cpu"), lbfgs(DEVICE)
        expected = plain._length(loss, moved, known)
        with monkeypatch.context() as patch:
            patch.setattr(optimisers, "kernels_for", lambda tensor: kernels)
            found = quick._length(loss.to(DEVICE), moved.to(DEVICE), known.to(DEVICE))
        assert torch.allclose(expected, found.cpu(), rtol=1e-5)
        for name in NAMES:
            assert torch.allclose(getattr(plain, name), getattr(quick, name).cpu())


def test_what_is_not_a_number_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its picture nothing moves, and the others go on."""
    loss, moved = torch.ones(4, device=DEVICE), noise(4, 3, 50, 40)
    moved[1, 2, 30, 7] = math.nan
    monkeypatch.setattr(optimisers, "kernels_for", lambda tensor: kernels)
    found = lbfgs(DEVICE)._length(loss, moved, torch.ones(4, dtype=torch.bool, device=DEVICE))
    assert [True, False, True, True] == (found > 0).tolist()
