"""What a job's next piece of work gives, and what is told of it."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from engine.nst.transfer import Frame
from engine.painted import Painted
from engine.painting import Painting
from engine.sheet import Sheet

log = structlog.get_logger(__name__)

Paints = Painting | Sheet


@dataclass(frozen=True)
class Stepped:
    """A job has made a step; now and then there is a preview, a small JPEG."""

    job: str
    frame: Frame
    seconds_left: float | None
    preview: bytes | None


@dataclass(frozen=True)
class Completed:
    """A job is painted."""

    job: str
    painted: Painted


@dataclass(frozen=True)
class Broken:
    """A job cannot go on."""

    job: str
    error: Exception


Event = Stepped | Completed | Broken


@dataclass(frozen=True)
class Preview:
    """A small JPEG of a job that has gone on meanwhile."""

    jpeg: bytes


Outcome = Frame | Painted | Preview | Exception
"""An exception is told by whoever follows the job."""


def next_of(job: str, painting: Paints, most: int = 1) -> Outcome | None:
    """The next of `painting`: up to `most` steps, or what it needs before or after them.

    None where there is nothing to tell.
    """
    with structlog.contextvars.bound_contextvars(job=job):
        try:
            if painting.done:
                return painting.finish()
            if isinstance(painting, Painting) and painting.begun and not painting.is_ready:
                return painting.move_on()
            return painting.step(most)
        except Exception as error:
            return error


def preview_of(job: str, painting: Paints) -> Callable[[], Preview | None]:
    """What draws a preview of this moment, if it can be drawn; any thread may call it.

    A picture is finished without one.
    """
    try:
        draw = painting.preview()
    except Exception as error:
        _log_no_preview(job, error)
        return lambda: None

    def drawn() -> Preview | None:
        try:
            return Preview(draw())
        except Exception as error:
            _log_no_preview(job, error)
            return None

    return drawn


def _log_no_preview(job: str, error: Exception) -> None:
    log.warning("no_preview", job=job, why=str(error) or type(error).__name__)
