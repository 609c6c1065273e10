"""Layer names and counterparts."""

import pytest

from jobs.layers import LAYERS, counterpart, layers_of


def test_squeezenet_layers() -> None:
    """SqueezeNet's layers are the first ReLU and the eight Fire modules."""
    expected = ("relu1", "fire2", "fire3", "fire4", "fire5", "fire6", "fire7", "fire8", "fire9")
    assert layers_of("squeezenet1_0") == expected


@pytest.mark.parametrize(("backbone", "count"), [("vgg16", 13), ("vgg19", 16)])
def test_vgg_layers(backbone: str, count: int) -> None:
    """A VGG has one layer a convolution, named by block and number."""
    layers = layers_of(backbone)
    assert (len(layers), layers[0], layers[-1][:6]) == (count, "relu1_1", "relu5_")


@pytest.mark.parametrize("backbone", LAYERS)
@pytest.mark.parametrize("other", LAYERS)
def test_counterparts_keep_the_order(backbone: str, other: str) -> None:
    """A deeper layer's counterpart is never shallower, and ends meet ends."""
    found = [LAYERS[other].index(counterpart(name, backbone, other)) for name in LAYERS[backbone]]
    assert (sorted(found), found[0], found[-1]) == (found, 0, len(LAYERS[other]) - 1)
