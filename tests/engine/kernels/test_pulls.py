"""The gradient at a layer with losses against plain torch, with and without each of its parts."""

import pytest
import torch

from .machine import CUDA, kernels, nhwc, noise

# The interpreter multiplies no bfloat16.
HALF = torch.bfloat16 if CUDA else torch.float16


@pytest.mark.parametrize("channels", [24, 96, 160])
@pytest.mark.parametrize("dtype", [torch.float32, HALF])
@pytest.mark.parametrize("parts", ["behind matrices target", "matrices", "behind target", "behind"])
def test_a_layers_gradient(parts: str, dtype: torch.dtype, channels: int) -> None:
    """That of the losses and of what is behind, before the ReLU; three blocks of places."""
    x, behind, target = (nhwc(noise(2, channels, 10, 13, seed=seed)) for seed in (1, 2, 3))
    x, behind, target = x.relu().to(dtype), behind.to(dtype), target.to(dtype)
    matrices = noise(2, channels, channels, seed=4) / channels
    matrices, factors = (matrices + matrices.mT).to(dtype), noise(2, seed=5)
    expected = torch.zeros_like(x, dtype=torch.float32)
    if "behind" in parts:
        expected += behind.float()
    if "matrices" in parts:
        expected += (matrices.float() @ x.float().flatten(2)).view_as(x)
    if "target" in parts:
        expected += factors.view(2, 1, 1, 1) * (x.float() - target.float())
    expected *= x > 0
    found = kernels.pulled(
        behind if "behind" in parts else None,
        x,
        matrices if "matrices" in parts else None,
        target if "target" in parts else None,
        factors if "target" in parts else None,
    )
    assert dtype == found.dtype
    digits = 1e-5 if dtype == torch.float32 else 1e-2
    assert torch.allclose(expected, found.float(), rtol=digits, atol=digits)


def test_what_is_not_a_number_stays_so() -> None:
    """As behind torch's own ReLU: a picture that went wrong is seen to have."""
    x = nhwc(torch.full((1, 16, 2, 2), float("nan"), device=noise(1).device))
    assert kernels.pulled(nhwc(noise(1, 16, 2, 2)), x, None, x, noise(1)).isnan().all()
