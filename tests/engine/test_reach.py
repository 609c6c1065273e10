"""How far networks look: against gradients, which are zero where nothing is seen."""

import pytest
import torch

from engine.backbones import REGISTRY
from engine.reach import reach
from jobs.layers import LAYERS
from tests.engine.conftest import random_weights

SIDE = 160


@pytest.mark.parametrize("name", ["squeezenet1_0", "squeezenet1_1", "vgg19"])
@pytest.mark.parametrize("depth", [0, 3, 6])
def test_a_place_sees_no_pixel_beyond(name: str, depth: int) -> None:
    """The gradient of one place reaches from `before` to `behind`, and is zero elsewhere."""
    network, layer = REGISTRY[name].build(), LAYERS[name][depth]
    network.load_state_dict(random_weights(name))
    found = reach(network, [layer])
    picture = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
    place = SIDE // 2 // found.grid

    def tap(_: str, x: torch.Tensor) -> torch.Tensor:
        x[..., place, place].sum().backward()
        return x

    network(picture, frozenset({layer}), tap)
    assert picture.grad is not None
    rows = picture.grad.abs().amax(dim=(0, 1, 3)).nonzero().flatten()
    assert rows.min() >= place * found.grid - found.before
    assert rows.max() <= place * found.grid + found.behind
