"""Sizes with the same aspect."""

_SLACK = 0.02


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """`size` (width, height) with its long side at most `long_side`; never enlarged.

    All in px; each side is at least 1, rounded to the nearest.
    """
    return size if max(size) <= long_side else _scaled(size, long_side / max(size))


def scaled(size: tuple[int, int], long_side: int, min_side: int) -> tuple[int, int]:
    """`size` (width, height) with its long side at `long_side`, enlarged where it is smaller.

    The short side is at least `min_side`, since a network halves it several times: a strip gets a
    longer long side instead of another aspect. All in px, rounded to the nearest.
    """
    scale = max(long_side / max(size), min_side / min(size))
    return _scaled(size, scale)


def same_aspect(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) are of one shape, but for rounding and a fiftieth."""
    wanted = scaled(other, max(one), min_side=1)
    return all(
        abs(have - want) <= 1 + have * _SLACK for have, want in zip(one, wanted, strict=True)
    )


def by_shorter_side(size: tuple[int, int], side: int) -> tuple[int, int]:
    """`size` (width, height) with its shorter side at `side`, the longer one rounded down.

    All in px, as torchvision's Resize has it.
    """
    long = int(side * max(size) / min(size))
    return (side, long) if size[0] <= size[1] else (long, side)


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))
