"""Failpoints: places at which a test has this process die, to see that nothing gets lost there.

Around each act that others can see there are two of them, before and after it. They are off unless
`arm` is called with a folder: a file in it that is named for a point, such as `after-post`, has the
next process that comes by remove the file and kill itself.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path


class Act(StrEnum):
    """What may be interrupted."""

    # The bot's
    RECORD_THINKING = "record-thinking"
    RECORD_INTENT = "record-intent"
    POST = "post"
    RECORD_MESSAGE = "record-message"
    SUBMIT = "submit"
    RECORD_LINE = "record-line"
    FORGET_THINKING = "forget-thinking"
    EDIT_PROGRESS = "edit-progress"
    FETCH_RESULT = "fetch-result"
    RECORD_FINISHED = "record-finished"
    GET_RESULT = "get-result"
    EDIT_RESULT = "edit-result"
    RECORD_ANSWERED = "record-answered"
    ACK_RESULT = "ack-result"
    OFFER_PRESET = "offer-preset"
    RECORD_STOP = "record-stop"
    CANCEL = "cancel"
    CONCLUDE = "conclude"
    # The engine's
    FETCH_JOB = "fetch-job"
    COUNT_START = "count-start"
    GET_PICTURES = "get-pictures"
    PUT_PICTURE = "put-picture"
    STORE_RESULT = "store-result"
    CLEAR_STARTS = "clear-starts"
    ACK_JOB = "ack-job"


ENGINE_ACTS = frozenset(
    {
        Act.FETCH_JOB,
        Act.COUNT_START,
        Act.GET_PICTURES,
        Act.PUT_PICTURE,
        Act.STORE_RESULT,
        Act.CLEAR_STARTS,
        Act.ACK_JOB,
    }
)
BOT_ACTS = frozenset(Act) - ENGINE_ACTS

_folder: Path | None = None


def arm(folder: Path | None) -> None:
    """Look for points in `folder` from now on; None is off, which is the default."""
    global _folder  # it is for the whole process, as its death is
    _folder = folder


@contextmanager
def around(act: Act) -> Iterator[None]:
    """Before and after the act inside; after it also where it raises."""
    _reach(f"before-{act}")
    try:
        yield
    finally:
        _reach(f"after-{act}")


def points(acts: frozenset[Act]) -> list[str]:
    """The names of all points around `acts`, in their order."""
    return [f"{when}-{act}" for act in Act if act in acts for when in ("before", "after")]


def _reach(point: str) -> None:
    if _folder is None:
        return
    try:
        (_folder / point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
