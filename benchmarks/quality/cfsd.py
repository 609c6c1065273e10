"""CFSD, the content feature structural distance: does each patch still resemble the same ones?

Chung, Hyun and Heo, "Style Injection in Diffusion", CVPR 2024 (arXiv 2312.09008), as their
`evaluation/image_metrics.py` (github.com/jiwoogit/StyleID, `PatchSimi`) has it: the features at
relu3_1 of VGG-19, one row a patch, F (h w, C); S = softmax(F F^T / C^2), row by row; the divergence
KL(S of the photo | S of the painting). It knows where things are and not what colour they have.
"""

import torch
from torch import Tensor

_ROWS = 1024
"""Rows of S at a time, so that large pictures fit."""


def cfsd(painting: Tensor, photo: Tensor) -> float:
    """The mean divergence of a row, for features (1, C, h, w) of both.

    Two departures: features are measured in the photo's own root mean square and divided by C once,
    since networks differ in the size of their activations and S would be flat or a unit matrix; and
    rows are averaged, where the authors' code adds them up, so that the size does not matter.
    """
    unit = photo.square().mean().sqrt().clamp_min(1e-8)
    theirs, ours = (each[0].flatten(1).mT / unit for each in (photo, painting))  # (h*w, C)
    total = torch.zeros((), dtype=torch.float64)
    for their_rows, our_rows in zip(
        torch.split(theirs, _ROWS), torch.split(ours, _ROWS), strict=True
    ):
        wanted, found = _similarity(their_rows, theirs), _similarity(our_rows, ours)
        total += (wanted.exp() * (wanted - found)).sum().double().cpu()
    return float(total) / len(theirs)


def _similarity(rows: Tensor, features: Tensor) -> Tensor:
    """The logarithm of the softmax of each row, (rows, h*w)."""
    return torch.log_softmax(rows @ features.mT / features.shape[1], dim=1)
