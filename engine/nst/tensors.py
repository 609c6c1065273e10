"""Pillow pictures to tensors and back."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def flattened(picture: Image.Image) -> Image.Image:
    """An RGB picture; what is transparent lies over white."""
    if picture.mode == "RGB":
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture.convert("RGBA")
    white = Image.new("RGBA", layers.size, "white")
    return Image.alpha_composite(white, layers).convert("RGB")


def to_tensor(picture: Image.Image) -> Tensor:
    """An RGB picture as (1, 3, H, W) in [0, 1]."""
    array = np.asarray(picture, dtype=np.float32) / 255
    return torch.from_numpy(array).permute(2, 0, 1).unsqueeze(0)


def masks_to_tensor(masks: Sequence[Image.Image]) -> Tensor:
    """Masks (mode L) of one size as (1, R, H, W) in [0, 1]."""
    array = np.stack([np.asarray(mask, dtype=np.float32) for mask in masks]) / 255
    return torch.from_numpy(array).unsqueeze(0)


def to_picture(image: Tensor) -> Image.Image:
    """(1, 3, H, W) as an 8-bit RGB picture, clamped to [0, 1] and rounded."""
    rounded = (image.detach()[0].clamp(0, 1) * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(rounded.permute(1, 2, 0).contiguous().numpy())
