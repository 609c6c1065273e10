"""A large picture as tiles: what each is to count, and what it must see to count it as the whole.

A tile sees as far beyond its own area as the network looks, so that the features of that area are
those of the whole picture; and areas begin at whole places of each layer, so that every place of
every layer lies in one of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from engine.reach import Reach

_GOLDEN = 0.618034
"""Multiples of it, less their whole parts, fall evenly between 0 and 1."""


@dataclass(frozen=True)
class Span:
    """A tile along one axis: its own px from `start` to `stop`, and those that it sees."""

    start: int
    stop: int
    first: int
    end: int
    last: bool
    """Whether the picture ends with it."""

    def places(self, stride: int, count: int) -> slice:
        """Its own among the `count` places of a layer with that stride, in what it sees."""
        return slice(
            (self.start - self.first) // stride,
            count if self.last else (self.stop - self.first) // stride,
        )

    def among_all(self, stride: int, count: int) -> slice:
        """The same among the places of the whole picture."""
        own, before = self.places(stride, count), self.first // stride
        return slice(own.start + before, own.stop + before)


@dataclass(frozen=True)
class Tile:
    """One tile; what it takes of tensors (..., H, W) are views."""

    rows: Span
    columns: Span

    def seen(self, picture: Tensor) -> Tensor:
        """What it sees of the whole picture."""
        return picture[..., self.rows.first : self.rows.end, self.columns.first : self.columns.end]

    def own(self, features: Tensor, stride: int) -> Tensor:
        """Of a layer's features of what it sees, those that count here."""
        rows = self.rows.places(stride, features.shape[-2])
        return features[..., rows, self.columns.places(stride, features.shape[-1])]

    def among_all(self, features: Tensor, stride: int) -> tuple[slice, slice]:
        """Rows and columns of the same places in a tensor over those of the whole picture."""
        rows = self.rows.among_all(stride, features.shape[-2])
        return rows, self.columns.among_all(stride, features.shape[-1])


def by_tiles(canvas: tuple[int, int], side: int | None) -> bool:
    """Whether a picture (width, height) has more pixels than one tile; None: never."""
    return side is not None and canvas[0] * canvas[1] > side * side


def tiles(size: tuple[int, int], side: int, reach: Reach, step: int = 0) -> Iterator[Tile]:
    """The tiles of a picture of `size` (H, W), about `side` px wide and high at most.

    They lie differently at each `step`, so that no rounding happens twice at the same place.
    """
    rows = _spans(size[0], side, reach, step * _GOLDEN)
    # An irrational ratio on each axis, and not the same.
    columns = list(_spans(size[1], side, reach, step * _GOLDEN**2 + step * 0.5))
    for row in rows:
        for column in columns:
            yield Tile(row, column)


def seen_side(side: int, reach: Reach) -> int:
    """Px that a tile sees at most, along an axis."""
    return side + reach.grid + _up(reach.before, reach.grid) + reach.behind


def _spans(length: int, side: int, reach: Reach, shift: float) -> Iterator[Span]:
    grid = reach.grid
    side = max(grid, side // grid * grid)
    start, stop = 0, int(shift % 1 * side) // grid * grid or side
    while start < length:
        # What would be left over as a sliver is part of this tile.
        last = stop + grid >= length
        stop = length if last else stop
        first = max(0, start - _up(reach.before, grid))
        yield Span(start, stop, first, min(length, stop + reach.behind), last)
        start, stop = stop, stop + side


def _up(length: int, grid: int) -> int:
    return -(-length // grid) * grid
