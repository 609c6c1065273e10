"""The networks as a GPU runs them best: few digits, few passes over memory.

The activations are those of `engine.networks` up to rounding. A convolution takes its bias and its
ReLU along, a Fire's two expansions are one, and the first weights normalise the colours.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.folding import folded, folded_weight
from engine.gpu import kernels_for
from engine.networks import Conv, EdgeConv, Fire, Network, Pool, Tap
from engine.nst.tensors import alias

Op = Callable[[Tensor], Tensor]

_ALIGNED = 16
"""Channels that the tensor cores like to find."""


class FusedNetwork:
    """A frozen network of convolutions that ReLUs follow, on its device."""

    def __init__(
        self, network: Network, mean: Tensor, deviation: Tensor, dtype: torch.dtype
    ) -> None:
        """`network` has its weights and device; mean and deviation (1, 3, 1, 1) of the colours."""
        self._ops: list[tuple[str, Op]] = []
        self._pools: dict[str, _FusedPool] = {}
        """By the layer behind which they are."""
        pairs = list(zip(network.names, network.features, strict=True))
        for place, (name, module) in enumerate(pairs):
            if isinstance(module, EdgeConv):
                behind = pairs[place + 1][0]
                self._ops.append((behind, _Stem(module, mean, deviation, dtype)))
            elif isinstance(module, Conv):
                behind = pairs[place + 1][0]
                self._ops.append((behind, _ConvRelu.of(module, dtype)))
            elif isinstance(module, Fire):
                self._ops.append((name, _FusedFire(module, dtype)))
            elif isinstance(module, Pool):
                self._pools[self._ops[-1][0]] = _FusedPool(module)
            else:
                # It went with the convolution before it.
                assert isinstance(module, nn.ReLU)

    def __call__(
        self, images: Tensor, layers: frozenset[str], tap: Tap, *, masks: bool = False
    ) -> None:
        """Show `tap` the activations at `layers` of RGB pictures (B, 3, H, W) in [0, 1].

        `masks` says that the gradient behind `tap` is already that before their ReLU.
        """
        x, left = images, len(layers)
        for name, op in self._ops:
            x, pool = op(x), self._pools.get(name)
            masked = masks if name in layers else pool is not None and pool.masks(x)
            if not masked:
                x = _relu_mask(x)
            if name in layers:
                x = tap(name, x)
                left -= 1
                if not left:
                    break
            if pool is not None:
                x = pool(x)


class _ConvRelu:
    """ReLU of a convolution with its bias. The way back starts before the ReLU: see _ReluMask."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, padding: int) -> None:
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._bias, self._stride, self._padding = bias, stride, padding

    @classmethod
    def of(cls, conv: nn.Conv2d, dtype: torch.dtype) -> "_ConvRelu":
        """As `conv` has it."""
        bias = conv.bias
        assert bias is not None
        assert not isinstance(conv.padding, str)
        return cls(conv.weight.to(dtype), bias.to(dtype), conv.stride[0], conv.padding[0])

    def __call__(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, D, h', w')."""
        return _conv_relu(x, self._weight, self._bias, self._stride, self._padding)


class _Stem:
    """The first convolution, from pictures in [0, 1]: see EdgeConv."""

    def __init__(self, conv: EdgeConv, mean: Tensor, deviation: Tensor, dtype: torch.dtype) -> None:
        assert conv.bias is not None
        weight = conv.weight / deviation
        bias = conv.bias - (weight * mean).sum(dim=(1, 2, 3))
        self._fold, self._margin, self._dtype = conv.stride[0], conv.margin, dtype
        self._across = -(-weight.shape[3] // self._fold)
        folded_channels = weight.shape[1] * self._fold**2 * self._across
        self._channels = folded_channels + -folded_channels % _ALIGNED
        weight = folded_weight(weight, self._fold, self._channels)
        self._conv = _ConvRelu(weight.to(dtype), bias.to(dtype), stride=1, padding=0)

    def __call__(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D, h', w')."""
        how = self._margin, self._fold, self._across, self._channels, self._dtype
        return self._conv(folded(images, *how))


class _FusedFire:
    """A Fire whose 1x1 expansion is the middle of a 3x3 one, so that nothing is concatenated."""

    def __init__(self, fire: Fire, dtype: torch.dtype) -> None:
        small, large = fire.expand1x1, fire.expand3x3
        assert small.bias is not None
        assert large.bias is not None
        weight = torch.cat([F.pad(small.weight, [1] * 4), large.weight])
        bias = torch.cat([small.bias, large.bias])
        self._squeeze = _ConvRelu.of(fire.squeeze, dtype)
        self._expand = _ConvRelu(weight.to(dtype), bias.to(dtype), stride=1, padding=1)

    def __call__(self, x: Tensor) -> Tensor:
        """(B, channels, h, w) to (B, 2 * expanded, h, w)."""
        return self._expand(_relu_mask(self._squeeze(x)))


class _FusedPool:
    """Max pooling that remembers where its numbers come from in a byte each.

    What is pooled is a ReLU's output, here as in all networks.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def masks(self, x: Tensor) -> bool:
        """Whether the gradient that it gives at `x` is already that before the ReLU."""
        return kernels_for(x) is not None

    def __call__(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C, h/2, w/2), rounded as `pool` does."""
        if kernels_for(x) is None:
            plain: Tensor = self._pool(x)
            return plain
        up = 1 if self._pool.ceil_mode else 0
        window = self._pool.kernel_size
        assert isinstance(window, int)
        size = tuple((side - window + up) // 2 + 1 for side in x.shape[2:])
        return _pool(x, window, size)


class _PoolFunction(torch.autograd.Function):
    """See engine.kernels."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, window: int, size: tuple[int, int]) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        out: Tensor
        out, taken = kernels_for(x).pooled(x, window, size)
        ctx.save_for_backward(taken)
        ctx.window, ctx.size = window, tuple(x.shape[2:])
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (taken,) = ctx.saved_tensors
        found: Tensor = kernels_for(taken).unpooled(grads[0], taken, ctx.window, ctx.size)
        return found, None, None


_pool: Callable[[Tensor, int, tuple[int, ...]], Tensor] = _PoolFunction.apply


class _ReluMask(torch.autograd.Function):
    """What a ReLU does to a gradient, apart, since some that come back have gone through it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return alias(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        found: Tensor = torch.ops.aten.threshold_backward(grads[0], x, 0)
        return found


_relu_mask: Callable[[Tensor], Tensor] = _ReluMask.apply


class _ConvReluFunction(torch.autograd.Function):
    """Takes the gradient before the ReLU, and gives that at the activations alone."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = (stride, padding)
        return _forward(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None, None]:
        x, weight = ctx.saved_tensors
        stride, padding = ctx.geometry
        found = torch.ops.aten.convolution_backward(
            grads[0],
            x,
            weight,
            None,
            [stride] * 2,
            [padding] * 2,
            [1, 1],
            False,
            [0, 0],
            1,
            [True, False, False],
        )
        return found[0], None, None, None, None


_conv_relu: Callable[[Tensor, Tensor, Tensor, int, int], Tensor] = _ConvReluFunction.apply


def _forward(x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    if x.device.type == "cuda":
        found: Tensor = torch.cudnn_convolution_relu(
            x, weight, bias, [stride] * 2, [padding] * 2, [1, 1], 1
        )
        return found
    return F.conv2d(x, weight, bias, stride, padding).relu_()
