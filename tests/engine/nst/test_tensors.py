"""Pictures to tensors and back."""

import numpy as np
import torch
from PIL import Image

from engine.nst.tensors import flattened, to_picture, to_tensor
from tests.engine.conftest import picture


def test_a_picture_comes_back_as_it_was() -> None:
    """Eight bits to numbers and back lose nothing."""
    image = picture(19, 13)
    assert np.array_equal(np.asarray(image), np.asarray(to_picture(to_tensor(image))))


def test_axes_are_channel_row_column() -> None:
    """A red pixel in the second column of the first row is found there."""
    image = Image.new("RGB", (3, 2))
    image.putpixel((1, 0), (255, 0, 51))
    tensor = to_tensor(image)
    assert (1, 3, 2, 3) == tuple(tensor.shape)
    assert torch.allclose(torch.tensor([1.0, 0.0, 0.2]), tensor[0, :, 0, 1])


def test_numbers_beyond_the_range_become_black_and_white() -> None:
    """They are clamped, then rounded."""
    image = to_picture(torch.tensor([-0.3, 1.7, 0.5]).view(1, 3, 1, 1))
    assert (0, 255, 128) == image.getpixel((0, 0))


def test_what_is_transparent_lies_over_white() -> None:
    """Half of black over white is grey; a hidden colour does not shine through."""
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 51))
    image.putpixel((1, 0), (255, 0, 0, 0))
    flat = flattened(image)
    assert [(204, 204, 204), (255, 255, 255)] == [flat.getpixel((x, 0)) for x in (0, 1)]


def test_grey_becomes_rgb() -> None:
    """Its three channels are the same."""
    assert (7, 7, 7) == flattened(Image.new("L", (1, 1), 7)).getpixel((0, 0))
