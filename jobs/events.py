"""What an engine tells about a job, and about itself."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from jobs.job import Id, Status, Token
from jobs.recipe import Digest, Frozen, Recipe


class Losses(Frozen):
    """The parts of the objective, each with its weight."""

    content: float
    style: float
    tv: float

    @property
    def total(self) -> float:
        """Their sum: what the optimiser makes small."""
        return self.content + self.style + self.tv


class Started(Frozen):
    """An engine has begun to paint."""

    status: Literal[Status.STARTED] = Status.STARTED
    job: Id
    engine: str
    seconds: float | None = None
    """Estimate of the time it takes from now on."""


class Progress(Frozen):
    """A job goes on. `preview` is a small JPEG, now and then."""

    status: Literal["progress"] = "progress"
    job: Id
    step: int
    steps: int
    losses: Losses
    seconds_left: float | None = None
    preview: bytes | None = None


class Finished(Frozen):
    """The painting is in the picture store, encoded as it will be sent."""

    status: Literal[Status.FINISHED] = Status.FINISHED
    job: Id
    picture: Digest
    extension: str
    size: tuple[int, int]
    seconds: float
    device: str
    recipe: Recipe
    """As painted: with the backbone that was really used."""
    asked_backbone: str
    losses: Losses
    initial_losses: Losses
    note: str = ""
    """What differs from what was asked, in a sentence; empty if nothing."""


class Failed(Frozen):
    """The job ended without a picture. `code` is an error's, `sentence` is for the member."""

    status: Literal[Status.FAILED] = Status.FAILED
    job: Id
    code: str
    sentence: str


class Cancelled(Frozen):
    """The job was stopped; `picture` is the frame so far, where there is one."""

    status: Literal[Status.CANCELLED] = Status.CANCELLED
    job: Id
    picture: Digest | None = None
    extension: str = ""


Live = Annotated[Started | Progress, Field(discriminator="status")]
Result = Annotated[Finished | Failed | Cancelled, Field(discriminator="status")]
LIVE: TypeAdapter[Started | Progress] = TypeAdapter(Live)
RESULT: TypeAdapter[Finished | Failed | Cancelled] = TypeAdapter(Result)


class Beat(Frozen):
    """An engine's sign of life, sent every few seconds."""

    engine: Token
    backbone: str
    """The one that really paints."""
    device: str
    painting: tuple[Id, ...] = ()
    seconds_per_megapixel_step: float | None = None
    """Measured: seconds a step takes for a million pixels; None before the first job."""
