"""Errors that cross a process boundary."""

import json
import pickle

import pytest

from pictures.errors import (
    CannotFit,
    DecompressionBomb,
    EmptyMask,
    NotAnImage,
    NothingLeft,
    PictureError,
    TooManyBytes,
    TooManyParts,
    TooManyPixels,
    TooMuchMemory,
    TooNarrow,
    TooSlow,
    TooSmall,
    UnreadableImage,
    WrongShape,
)
from pictures.kinds import Kind

ERRORS = [
    NotAnImage(Kind.HEIC),
    NotAnImage(),
    UnreadableImage("PNG", "OSError: cut off"),
    TooManyBytes(10, 5),
    TooManyPixels(60000, 60000, 5),
    DecompressionBomb(100, 3_600_000_000, "text"),
    TooManyParts("chunk", 10),
    TooSmall(1, 40, 16),
    TooNarrow(1000, 40, 8.0),
    WrongShape(10, 20, 30, 20),
    EmptyMask(),
    NothingLeft(),
    TooSlow(2.5),
    TooMuchMemory(512),
    CannotFit(100),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_json_round_trip(error: PictureError) -> None:
    """An error comes back from JSON as the same class with the same data."""
    back = PictureError.from_data(json.loads(json.dumps(error.as_data())))
    assert (type(error), vars(error)) == (type(back), vars(back))


def test_every_error_is_tried() -> None:
    """No error of the hierarchy is missing above, and no two share a code."""
    known = PictureError.__subclasses__()
    assert {type(error) for error in ERRORS} == set(known)
    assert len(known) == len({error.code for error in known})


def test_pickle_round_trip() -> None:
    """An error survives pickling, as process pools need."""
    back = pickle.loads(pickle.dumps(TooManyPixels(3, 4, 5)))
    assert (back.width, back.height, back.limit) == (3, 4, 5)


@pytest.mark.parametrize(
    "data",
    [{}, {"code": "nonsense"}, {"code": "too_slow"}, {"code": "too_slow", "x": 1}],
    ids=["nothing", "unknown code", "a field missing", "a field too many"],
)
def test_nonsense_is_refused(data: dict[str, object]) -> None:
    """What describes no error raises ValueError."""
    with pytest.raises(ValueError, match="no picture error"):
        PictureError.from_data(data)
