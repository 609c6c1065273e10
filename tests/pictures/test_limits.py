"""Limits that nothing could meet."""

from dataclasses import replace
from typing import Any

import pytest

from .making import LIMITS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_bytes", 0),
        ("seconds", -1.0),
        ("seconds", float("nan")),
        ("max_aspect", 0.5),
        ("keep_side", 20),
    ],
)
def test_impossible_limits(field: str, value: Any) -> None:
    """A limit that no picture could meet is refused by name."""
    with pytest.raises(ValueError, match=field):
        replace(LIMITS, **{field: value})
