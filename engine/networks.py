"""The networks behind the backbones, with torchvision's layout of `features` and nothing else.

Built here so that an engine starts without importing torchvision. Layers carry the names of
`jobs.layers`; `tests/engine/test_networks.py` holds them against torchvision's own models.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Tap = Callable[[str, Tensor], Tensor]
"""Takes the name of a layer and its activations, and gives what goes on to the next one.

What it gives has the same numbers; it may add a gradient on the way back.
"""

_FEW = 20_480
"""Up to so many numbers a picture, torch convolves a single one by another routine than a batch."""
_MANY = 8
"""On one thread, and for 1x1, it changes the routine at 16 pictures, too."""


class Conv(nn.Conv2d):
    """A convolution whose result for a picture does not depend, to the bit, on its neighbours.

    torch's own differs in the last digit, and twenty steps of an optimiser make a visible
    difference of that, since each ReLU that flips is amplified. The rule is in
    aten/src/ATen/native/Convolution.cpp, `use_mkldnn`; routines themselves treat pictures alike.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, D, h', w')."""
        return _apart(super().forward, x)


def _apart(convolve: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """`convolve` of (B, C, h, w), so many pictures at once that none has another routine."""
    if len(x) == 1 or x.device.type != "cpu":
        return convolve(x)
    at_once = 1 if x[0].numel() <= _FEW else _MANY
    if len(x) <= at_once:
        return convolve(x)
    return torch.cat([convolve(part) for part in torch.split(x, at_once)])


class EdgeConv(Conv):
    """The first convolution, which sees beyond the picture's edge its mirror image.

    torchvision's pad with black (VGG) or not at all (SqueezeNet), which paints borders or leaves
    the outermost pixels without a gradient.
    """

    def __init__(self, channels: int, kernel: int, stride: int = 1, *, black: int = 0) -> None:
        """`black` is the width in px of torchvision's own margin."""
        super().__init__(3, channels, kernel, stride)
        self.margin, self.black = kernel // 2, black

    def forward(self, images: Tensor) -> Tensor:
        """Features (B, C, H/stride, W/stride) of pictures (B, 3, H, W)."""
        images = F.pad(images, [self.margin] * 4, mode="reflect")
        if images.device.type != "cpu" or self.weight.requires_grad:
            return super().forward(images)
        assert self.bias is not None
        return _edge_conv(images, self.weight, self.bias, self.stride[0])

    def as_torchvision(self, images: Tensor) -> Tensor:
        """Features of pictures (B, 3, H, W) to the digit as torchvision's convolution has them."""
        return F.conv2d(images, self.weight, self.bias, self.stride, self.black)


class _EdgeConvFunction(torch.autograd.Function):
    """A frozen convolution of a picture, whose way back is a convolution, too.

    To three channels a CPU goes slowly. The pixels of a square of `stride` by `stride` are all
    found at once, each a channel, which takes less than half the time (measured: 4 of 10 ms).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.size = stride, tuple(x.shape[2:])
        return _apart(lambda part: F.conv2d(part, weight, bias, stride), x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = ctx.saved_tensors
        kernel = _way_back(weight, ctx.stride)
        beyond = kernel.shape[2] - 1
        squares = _apart(lambda part: F.conv2d(part, kernel, padding=beyond), grads[0])
        height, width = ctx.size
        slope = F.pixel_shuffle(squares, ctx.stride)[..., :height, :width]
        return slope, None, None, None


_edge_conv: Callable[[Tensor, Tensor, Tensor, int], Tensor] = _EdgeConvFunction.apply


def _way_back(weight: Tensor, stride: int) -> Tensor:
    """Of a kernel (D, C, k, k), that from its gradient to squares of pixels.

    (C * stride * stride, D, n, n), n = k / stride, rounded up.
    """
    deep, channels, side, _ = weight.shape
    small = -(-side // stride)
    short = small * stride - side
    weight = F.pad(weight, (0, short, 0, short)).view(deep, channels, small, stride, small, stride)
    weight = weight.flip(2, 4).permute(1, 3, 5, 0, 2, 4)
    return weight.reshape(channels * stride * stride, deep, small, small)


class Pool(nn.MaxPool2d):
    """Max pooling of activations, in a type that `engine.fused` and `engine.reach` know."""


class Fire(nn.Module):
    """SqueezeNet's module: few channels, then many by 1x1 and 3x3 (Iandola et al. 2016, 3.2)."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = Conv(channels, squeezed, 1)
        self.expand1x1 = Conv(squeezed, expanded, 1)
        self.expand3x3 = Conv(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, h, w) to (B, 2 * expanded, h, w)."""
        x = F.relu(self.squeeze(x), inplace=True)
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1), inplace=True)


class Network(nn.Module):
    """A stack of modules, some of which have names."""

    def __init__(self, modules: list[tuple[str, nn.Module]]) -> None:
        super().__init__()
        self.features = nn.Sequential(*(module for _, module in modules))
        self.names = [name for name, _ in modules]

    def forward(
        self, x: Tensor, layers: frozenset[str], tap: Tap, *, as_torchvision: bool = False
    ) -> None:
        """Show the activations at `layers` to `tap`; behind the deepest of them nothing runs.

        They are torchvision's, but for the picture's edge: `as_torchvision` has that too.
        """
        left = len(layers)
        for name, module in zip(self.names, self.features, strict=True):
            if as_torchvision and isinstance(module, EdgeConv):
                x = module.as_torchvision(x)
            else:
                x = module(x)
            if name in layers:
                x = tap(name, x)
                left -= 1
                if not left:
                    break


def _pool(kernel: int = 3) -> tuple[str, nn.Module]:
    # SqueezeNet's pools keep the last, incomplete window.
    return "", Pool(kernel, stride=2, ceil_mode=kernel == 3)


def _squeezenet(stem: nn.Module, pools_before: frozenset[int]) -> Network:
    modules: list[tuple[str, nn.Module]] = [("", stem), ("relu1", nn.ReLU(inplace=True))]
    channels = stem.out_channels if isinstance(stem, nn.Conv2d) else 0
    for number, squeezed in enumerate((16, 16, 32, 32, 48, 48, 64, 64), start=2):
        if number in pools_before:
            modules.append(_pool())
        modules.append((f"fire{number}", Fire(channels, squeezed, 4 * squeezed)))
        channels = 8 * squeezed
    return Network(modules)


def squeezenet1_0() -> Network:
    """SqueezeNet 1.0 (Iandola et al. 2016)."""
    return _squeezenet(EdgeConv(96, kernel=7, stride=2), frozenset({2, 5, 9}))


def squeezenet1_1() -> Network:
    """SqueezeNet 1.1: a smaller first convolution, pools earlier."""
    return _squeezenet(EdgeConv(64, kernel=3, stride=2), frozenset({2, 4, 6}))


def _vgg(*convolutions: int) -> Network:
    modules: list[tuple[str, nn.Module]] = []
    channels = 3
    for block, count in enumerate(convolutions, start=1):
        width = min(64 * 2 ** (block - 1), 512)
        for number in range(1, count + 1):
            conv = Conv(channels, width, 3, padding=1)
            if channels == 3:
                conv = EdgeConv(width, 3, black=1)
            modules += [("", conv), (f"relu{block}_{number}", nn.ReLU(inplace=True))]
            channels = width
        modules.append(_pool(2))
    return Network(modules)


def vgg16() -> Network:
    """VGG-16, configuration D (Simonyan and Zisserman 2014)."""
    return _vgg(2, 2, 3, 3, 3)


def vgg19() -> Network:
    """VGG-19, configuration E (Simonyan and Zisserman 2014)."""
    return _vgg(2, 2, 4, 4, 4)
