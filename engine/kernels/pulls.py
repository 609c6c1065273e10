"""The gradient at a layer that has losses, in one pass over memory."""

import torch
import triton
import triton.language as tl
from torch import Tensor

_ROWS, _COLUMNS, _WARPS = 64, 128, 8
"""So many places a program, and channels if there are so many: with larger blocks one fills an SM,
which then waits for memory and multiplies by turns."""


@triton.jit
def _pull(
    behind, x, matrices, target, factors, out,
    places,
    CHANNELS: tl.constexpr,
    BEHIND: tl.constexpr, MATRICES: tl.constexpr, TARGET: tl.constexpr,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    # Programs on the same places run side by side, so that memory is asked for these once.
    blocks: tl.constexpr = (CHANNELS + COLUMNS - 1) // COLUMNS
    picture = tl.program_id(1)
    place = tl.program_id(0) // blocks * ROWS + tl.arange(0, ROWS)
    channel = tl.program_id(0) % blocks * COLUMNS + tl.arange(0, COLUMNS)
    start = picture.to(tl.int64) * places * CHANNELS
    found = tl.zeros((ROWS, COLUMNS), tl.float32)
    if MATRICES:
        depth = tl.arange(0, DEPTH)
        left = x + start + place[:, None] * CHANNELS + depth[None, :]
        right = matrices + picture * CHANNELS * CHANNELS
        right += depth[:, None] * CHANNELS + channel[None, :]
        for done in range(0, CHANNELS, DEPTH):
            deep = done + depth < CHANNELS
            a = tl.load(left + done, mask=(place < places)[:, None] & deep[None, :], other=0.0)
            b = tl.load(
                right + done * CHANNELS,
                mask=deep[:, None] & (channel < CHANNELS)[None, :],
                other=0.0,
            )
            found = tl.dot(a, b, found, input_precision="tf32x3")
    inside = (place < places)[:, None] & (channel < CHANNELS)[None, :]
    at = place[:, None] * CHANNELS + channel[None, :]
    here = tl.load(x + start + at, mask=inside, other=0.0).to(tl.float32)
    if TARGET:
        wanted = tl.load(target + start + at, mask=inside, other=0.0).to(tl.float32)
        found += tl.load(factors + picture) * (here - wanted)
    if BEHIND:
        found += tl.load(behind + start + at, mask=inside, other=0.0).to(tl.float32)
    # What is not a number lets its gradient through, as torch's own ReLU does.
    found = tl.where(here <= 0.0, 0.0, found)
    tl.store(out + start + at, found.to(out.dtype.element_ty), mask=inside)


def pulled(
    behind: Tensor | None,
    x: Tensor,
    matrices: Tensor | None,
    target: Tensor | None,
    factors: Tensor | None,
) -> Tensor:
    """behind + matrices @ x + factors * (x - target) where x > 0, else 0: channels last.

    x, behind and target (B, C, h, w), matrices (B, C, C) symmetric, factors (B,). Behind, matrices
    and target with its factors may be missing; `behind` is written over.
    """
    x = x.contiguous(memory_format=torch.channels_last)
    batch, channels, height, width = x.shape
    behind, target = (
        None if each is None else each.contiguous(memory_format=torch.channels_last)
        for each in (behind, target)
    )
    out = torch.empty_like(x) if behind is None else behind
    columns = max(16, min(_COLUMNS, triton.next_power_of_2(channels)))
    # Blocks of float32 that are as deep would not fit into smaller GPUs.
    depth = 64 if channels % 64 == 0 and x.element_size() == 2 else 32
    grid = triton.cdiv(height * width, _ROWS) * triton.cdiv(channels, columns), batch
    _pull[grid](
        out, x,
        x if matrices is None else matrices.to(x.dtype).contiguous(),
        x if target is None else target,
        x if factors is None else factors.float().contiguous(),
        out, height * width,
        CHANNELS=channels,
        BEHIND=behind is not None, MATRICES=matrices is not None, TARGET=target is not None,
        ROWS=_ROWS, COLUMNS=columns, DEPTH=depth, num_warps=_WARPS,
    )  # fmt: skip
    return out
