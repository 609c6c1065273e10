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


def to_tensor(picture: Image.Image, device: torch.device | None = None) -> Tensor:
    """An RGB picture as (1, 3, H, W) in [0, 1], on `device` or in the host's memory."""
    # Bytes travel, a quarter of what floats would be.
    pixels = torch.from_numpy(np.array(picture)).to(device)
    return pixels.permute(2, 0, 1).unsqueeze(0).to(torch.float32).div_(255)


def masks_to_tensor(masks: Sequence[Image.Image]) -> Tensor:
    """Masks (mode L) of one size as (1, R, H, W) in [0, 1]."""
    array = np.stack([np.asarray(mask, dtype=np.float32) for mask in masks]) / 255
    return torch.from_numpy(array).unsqueeze(0)


def to_picture(image: Tensor) -> Image.Image:
    """(1, 3, H, W) as an 8-bit RGB picture, clamped to [0, 1] and rounded."""
    return from_bytes(to_bytes(image))


def to_bytes(image: Tensor) -> Tensor:
    """(1, 3, H, W) clamped to [0, 1] and rounded, as bytes (H, W, 3) on the same device."""
    rounded = (image.detach()[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return rounded.permute(1, 2, 0).contiguous()


def from_bytes(pixels: Tensor) -> Image.Image:
    """Bytes (H, W, 3) as an RGB picture."""
    return Image.fromarray(pixels.cpu().numpy())


def alias(features: Tensor) -> Tensor:
    """The same in the same memory; `view_as` may lay a single picture's first axis otherwise.

    Then torch takes what lies channels last for something else, and copies it.
    """
    return features[:]
