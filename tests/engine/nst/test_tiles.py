"""Tiles: every place of every layer is counted once, and sees all that it looks at."""

from itertools import pairwise

import pytest

from engine.nst.tiles import by_tiles, seen_side, tiles
from engine.reach import Reach

REACH = Reach({"fine": 2, "coarse": 8}, before=11, behind=19)


def owners(size: tuple[int, int], side: int, step: int) -> list[list[int]]:
    """How many tiles own each pixel, (H, W)."""
    count = [[0] * size[1] for _ in range(size[0])]
    for tile in tiles(size, side, REACH, step):
        for y in range(tile.rows.start, tile.rows.stop):
            for x in range(tile.columns.start, tile.columns.stop):
                count[y][x] += 1
    return count


@pytest.mark.parametrize("size", [(64, 64), (70, 33), (1, 100), (65, 9)], ids=str)
@pytest.mark.parametrize("step", range(5))
def test_every_pixel_belongs_to_one_tile(size: tuple[int, int], step: int) -> None:
    """Whatever the size, and however the tiles lie."""
    assert [[1] * size[1]] * size[0] == owners(size, 32, step)


@pytest.mark.parametrize("step", range(5))
def test_a_tile_sees_what_its_places_look_at(step: int) -> None:
    """As far as the picture goes, from a whole place on, and no more than is said."""
    for tile in tiles((200, 300), 48, REACH, step):
        for span, length in ((tile.rows, 200), (tile.columns, 300)):
            assert span.first <= max(0, span.start - REACH.before)
            assert span.end >= min(length, span.stop + REACH.behind)
            assert (0, 0) == (span.first % REACH.grid, span.start % REACH.grid)
            assert span.end - span.first <= seen_side(48, REACH)


def test_tiles_lie_elsewhere_at_each_step() -> None:
    """No border is at one place for two steps in a row."""
    begin = [[tile.columns.start for tile in tiles((32, 512), 128, REACH, s)] for s in range(6)]
    for one, next_ in pairwise(begin):
        assert {0} == set(one) & set(next_)


def test_what_is_smaller_than_a_tile_is_one() -> None:
    """It sees the whole."""
    (tile,) = tiles((40, 30), 64, REACH)
    assert ((0, 40), (0, 30)) == (
        (tile.rows.first, tile.rows.end),
        (tile.columns.first, tile.columns.end),
    )


@pytest.mark.parametrize(
    ("canvas", "side", "expected"),
    [((64, 64), 64, False), ((65, 64), 64, True), ((900, 4), 64, False), ((99, 99), None, False)],
    ids=str,
)
def test_who_is_large(canvas: tuple[int, int], side: int | None, expected: bool) -> None:
    """A picture with more pixels than a tile, if there are tiles at all."""
    assert expected == by_tiles(canvas, side)
