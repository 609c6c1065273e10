"""Sizes with the same aspect."""

import pytest

from pictures.sizes import by_shorter_side, fitted, same_aspect, scaled


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((4000, 3000), 2000, (2000, 1500)),
        ((3000, 4000), 2000, (1500, 2000)),
        ((100, 50), 200, (100, 50)),
        ((1000, 1), 100, (100, 1)),
    ],
)
def test_fitted(size: tuple[int, int], long_side: int, expected: tuple[int, int]) -> None:
    """A picture is shrunk to its long side and never enlarged."""
    assert expected == fitted(size, long_side)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((800, 600), (400, 300)), ((80, 60), (400, 300)), ((800, 100), (512, 64))],
    ids=["shrunk", "enlarged", "a strip"],
)
def test_scaled(size: tuple[int, int], expected: tuple[int, int]) -> None:
    """A long side is met exactly, unless the short one would fall below its least."""
    assert expected == scaled(size, 400, 64)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 427), (287, 192)),
        ((427, 640), (192, 287)),
        ((50, 50), (192, 192)),
        ((1, 8), (192, 1536)),
    ],
)
def test_by_shorter_side(size: tuple[int, int], expected: tuple[int, int]) -> None:
    """The shorter side is met exactly, and the longer one is rounded down."""
    assert expected == by_shorter_side(size, 192)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((384, 288), (4000, 3000), True),
        ((64, 43), (90, 60), True),
        ((64, 8), (1000, 118), True),
        ((384, 288), (3000, 4000), False),
        ((384, 288), (384, 256), False),
        ((100, 100), (104, 100), False),
    ],
)
def test_one_shape(one: tuple[int, int], other: tuple[int, int], expected: bool) -> None:
    """Sizes of one shape differ by rounding, or by what nobody sees."""
    assert expected == same_aspect(one, other)
