"""How far a network's layers look: what decides their activations at a place."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from engine.networks import EdgeConv, Fire, Network, Pool


@dataclass(frozen=True)
class Reach:
    """Of some layers: place i of one with stride s sees px from i s - before to i s + behind."""

    strides: dict[str, int]
    """Px from a place to the next, a layer."""
    before: int
    behind: int
    """Px, of the layer that looks the farthest."""

    @property
    def grid(self) -> int:
        """Px; what begins at a multiple of it begins with a whole place at each of the layers."""
        return max(self.strides.values())


def reach(network: Network, layers: Iterable[str]) -> Reach:
    """That of `layers`; each module adds its window, as wide as its input's places lie apart."""
    left, strides = set(layers), {}
    stride = 1
    before = behind = 0
    for name, module in zip(network.names, network.features, strict=True):
        kernel, step, margin = _window(module)
        before += margin * stride
        behind += (kernel - 1 - margin) * stride
        stride *= step
        if name in left:
            strides[name] = stride
            left.remove(name)
        if not left:
            break
    assert strides
    assert not left
    return Reach(strides, before, behind)


def _window(module: nn.Module) -> tuple[int, int, int]:
    """Side of what a place of its output sees, stride, and how far that lies before the place."""
    if isinstance(module, Fire):
        return _window(module.expand3x3)
    if isinstance(module, Pool):
        assert isinstance(module.kernel_size, int)
        assert isinstance(module.stride, int)
        return module.kernel_size, module.stride, 0
    if isinstance(module, nn.Conv2d):
        assert not isinstance(module.padding, str)
        margin = module.margin if isinstance(module, EdgeConv) else module.padding[0]
        return module.kernel_size[0], module.stride[0], margin
    assert isinstance(module, nn.ReLU)
    return 1, 1, 0
