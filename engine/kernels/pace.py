"""How far L-BFGS goes in a step: a number a picture, of what it has seen of its losses."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_REACH_BLOCK = 4096
_PACE_BLOCK = 256


@triton.jit
def _reach(moved, out, pixels, blocks, BLOCK: tl.constexpr):
    picture, block = tl.program_id(0), tl.program_id(1)
    place = block * BLOCK + tl.arange(0, BLOCK)
    vector = picture.to(tl.int64) * pixels + place
    size = tl.abs(tl.load(moved + vector, mask=place < pixels, other=0.0))
    # A maximum would pass over what is not a number. So nothing moves where something is not.
    size = tl.where(size == size, size, float("inf"))
    tl.store(out + picture * blocks + block, tl.max(size, 0))


@triton.jit(do_not_specialize=["blocks"])
def _pace(
    reach, known, loss, limit, last_loss, made, landing, rate, out,
    blocks,
    MOST: tl.constexpr, LEAST: tl.constexpr, SLOWEST: tl.constexpr, PART: tl.constexpr,
    BLOCK: tl.constexpr,
):  # fmt: skip
    picture = tl.program_id(0)
    found = tl.zeros((BLOCK,), tl.float32)
    start = 0
    while start < blocks:
        place = start + tl.arange(0, BLOCK)
        here = tl.load(reach + picture * blocks + place, mask=place < blocks, other=0.0)
        found = tl.maximum(found, here)
        start += BLOCK
    longest = tl.maximum(tl.max(found, 0), 1e-12)

    now = tl.load(loss + picture).to(tl.float32)
    before = tl.load(limit + picture)
    rose = now > tl.load(last_loss + picture)
    bound = tl.where(rose, tl.maximum(before / 4, LEAST), tl.minimum(before * 2, MOST))
    steps = tl.load(made + picture)
    left = 1 - steps / tl.load(landing + picture)
    speed = tl.minimum(SLOWEST + (1 - SLOWEST) * left / PART, 1.0)
    limited = tl.minimum(bound / longest, 1.0)
    free = tl.load(rate + picture) * speed / longest
    tl.store(out + picture, tl.where(tl.load(known + picture) != 0, limited, free))
    tl.store(limit + picture, bound)
    tl.store(last_loss + picture, now)
    tl.store(made + picture, steps + 1)


def paced_(
    moved: Tensor, known: Tensor, loss: Tensor, limit: Tensor, last_loss: Tensor, made: Tensor,
    landing: Tensor, rate: Tensor, *, most: float, least: float, slowest: float, part: float,
) -> Tensor:  # fmt: skip
    """(B,): how many times `moved` (B, 3, H, W) to go; takes in the losses and counts the step.

    All others are (B,), as LBFGS has them, and `limit`, `last_loss` and `made` go on: the limit
    from `least` to `most`, the rate slowing down to `slowest` over the last `part` of the landing.
    """
    moved = moved.contiguous()
    pictures, pixels = len(moved), moved[0].numel()
    blocks = triton.cdiv(pixels, _REACH_BLOCK)
    reach, out = moved.new_empty((pictures, blocks)), moved.new_empty(pictures)
    _reach[(pictures, blocks)](moved, reach, pixels, blocks, BLOCK=_REACH_BLOCK)
    _pace[(pictures,)](
        reach, known.view(torch.uint8), loss, limit, last_loss, made, landing, rate, out,
        blocks,
        MOST=most, LEAST=least, SLOWEST=slowest, PART=part, BLOCK=_PACE_BLOCK, num_warps=1,
    )  # fmt: skip
    return out
