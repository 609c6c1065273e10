"""Pictures as the first convolution wants them: with a margin, and folded into channels."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_COLOURS = 3
_SIZES = ["height", "width", "low", "short"]
"""One kernel does for all canvases: to compile another takes as long as hundreds of steps."""
_FOLD_BLOCK = 128
_UNFOLD_BLOCK = 256


@triton.jit
def _mirrored(place, side):
    """Where in a picture of `side` that is seen which lies beyond its edges."""
    last = side - 1
    return last - tl.abs(last - tl.abs(place))


@triton.jit(do_not_specialize=_SIZES)
def _fold(
    images, out,
    height, width, low, short,
    COLOURS: tl.constexpr, MARGIN: tl.constexpr, FOLD: tl.constexpr, ACROSS: tl.constexpr,
    CHANNELS: tl.constexpr, DEEP: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0)
    picture, y = line // low, line % low
    x = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    channel = tl.arange(0, DEEP)
    beside = channel // (COLOURS * FOLD * FOLD)
    within = channel % (COLOURS * FOLD * FOLD)
    colour = within // (FOLD * FOLD)
    row = y * FOLD + within // FOLD % FOLD - MARGIN
    column = (x[:, None] + beside[None, :]) * FOLD + (within % FOLD)[None, :] - MARGIN
    # Channels that are missing are zeros, and so is the row that makes an odd picture even.
    there = ((beside < ACROSS) & (row < height + MARGIN))[None, :] & (column < width + MARGIN)
    above = (picture.to(tl.int64) * COLOURS + colour) * height + _mirrored(row, height)
    source = above[None, :] * width + _mirrored(column, width)
    value = tl.load(images + source, mask=there, other=0.0)
    place = (line.to(tl.int64) * short + x[:, None]) * CHANNELS + channel[None, :]
    inside = (x < short)[:, None] & (channel < CHANNELS)[None, :]
    tl.store(out + place, value.to(out.dtype.element_ty), mask=inside)


def folded(
    images: Tensor, margin: int, fold: int, across: int, channels: int, dtype: torch.dtype
) -> Tensor:
    """Pictures (B, 3, H, W) as (B, channels, h, w) of `dtype`, channels last.

    As padded by `margin` with their mirror image and then by `F.pixel_unshuffle`, with `across`
    neighbours side by side as the channels of one. What is missing at the end of a side or of the
    channels is zero.
    """
    images = images.contiguous()
    batch, colours, height, width = images.shape
    assert colours == _COLOURS
    low, short = (-(-(side + 2 * margin) // fold) for side in (height, width))
    short -= across - 1
    out = torch.empty(
        (batch, channels, low, short),
        dtype=dtype, device=images.device, memory_format=torch.channels_last,
    )  # fmt: skip
    _fold[(batch * low, triton.cdiv(short, _FOLD_BLOCK))](
        images, out, height, width, low, short,
        COLOURS=_COLOURS, MARGIN=margin, FOLD=fold, ACROSS=across,
        CHANNELS=channels, DEEP=triton.next_power_of_2(channels), BLOCK=_FOLD_BLOCK,
    )  # fmt: skip
    return out


@triton.jit
def _copied(place, side, WHICH: tl.constexpr, MARGIN: tl.constexpr):
    """Where in the padded picture a pixel lies: as itself, before the first one, behind the last.

    And whether it is there at all: only pixels near an edge are seen beyond it.
    """
    last = side - 1
    if WHICH == 0:
        copy, there = place, place < side
    elif WHICH == 1:
        copy, there = -place, (place > 0) & (place <= MARGIN)
    else:
        copy, there = 2 * last - place, (place < last) & (place >= last - MARGIN)
    return copy + MARGIN, there


@triton.jit(do_not_specialize=_SIZES)
def _unfold(
    at, out,
    height, width, low, short,
    COLOURS: tl.constexpr, MARGIN: tl.constexpr, FOLD: tl.constexpr, ACROSS: tl.constexpr,
    CHANNELS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    line = tl.program_id(0)
    picture, y = (line // height).to(tl.int64), line % height
    x = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    # The colours of a pixel lie side by side where they are read.
    for colour in tl.static_range(COLOURS):
        found = tl.zeros((BLOCK,), tl.float32)
        for down in tl.static_range(3):
            row, in_height = _copied(y, height, down, MARGIN)
            if in_height:
                above = at + (picture * low + row // FOLD) * short * CHANNELS
                above += (colour * FOLD + row % FOLD) * FOLD
                for sideways in tl.static_range(3):
                    column, in_width = _copied(x, width, sideways, MARGIN)
                    for beside in tl.static_range(ACROSS):
                        to = column // FOLD - beside
                        source = above + to * CHANNELS + column % FOLD
                        source += beside * COLOURS * FOLD * FOLD
                        there = in_width & (to >= 0) & (to < short)
                        found += tl.load(source, mask=there, other=0.0).to(tl.float32)
        place = ((picture * COLOURS + colour) * height + y) * width + x
        tl.store(out + place, found, mask=x < width)


def unfolded(at: Tensor, margin: int, fold: int, across: int, size: tuple[int, int]) -> Tensor:
    """The gradient (B, 3, H, W) at pictures that were `folded`, of that at the result.

    `size` is (H, W). Each pixel gathers it from wherever it was copied to.
    """
    at = at.contiguous(memory_format=torch.channels_last)
    batch, channels, low, short = at.shape
    height, width = size
    out = torch.empty((batch, _COLOURS, height, width), dtype=torch.float32, device=at.device)
    _unfold[(batch * height, triton.cdiv(width, _UNFOLD_BLOCK))](
        at, out, height, width, low, short,
        COLOURS=_COLOURS, MARGIN=margin, FOLD=fold, ACROSS=across,
        CHANNELS=channels, BLOCK=_UNFOLD_BLOCK,
    )  # fmt: skip
    return out
