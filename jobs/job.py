"""A job: who wants which picture painted how, and which message is to be answered."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import uuid4

from pydantic import Field, model_validator

from jobs.recipe import Digest, Frozen, Recipe

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A word that may stand in a NATS subject."""


class JobClass(StrEnum):
    """Kinds of work with lanes of their own; of one lane, they are served in this order."""

    INTERACTIVE = "interactive"
    """A picture."""
    SHEET = "sheet"
    """A sheet: one photo in many presets, small."""


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED})
UNFINISHED = frozenset(Status) - TERMINAL


class Cell(Frozen):
    """A preset on a sheet: the words under its picture, and how that is painted."""

    title: Annotated[str, Field(min_length=1, max_length=40)]
    recipe: Recipe


class StyleJob(Frozen):
    """One picture to paint, or one sheet of them. Ids, parameters and digests only."""

    id: Id
    job_class: JobClass = JobClass.INTERACTIVE
    recipe: Recipe
    """Of a sheet, what its cells have in common (jobs.sheet)."""
    content: Digest
    canvas: tuple[int, int]
    """Width and height of the painting in px; known early, so that time can be estimated."""
    user: Token
    """Who asked, as the bot names them; limits and places in line are theirs."""
    bot: Token
    """Which bot answers."""
    channel_id: int
    message_id: int
    parent: Id | None = None
    """The job whose picture was reacted to."""
    cells: tuple[Cell, ...] = ()
    """What a sheet shows, in order; none for a picture."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """A sheet has cells, and nothing else has."""
        if (self.job_class is JobClass.SHEET) != bool(self.cells):
            raise ValueError("cells belong to job_class = sheet, and to it alone")
        return self

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Of all that is painted: the picture's, or one for each cell of a sheet."""
        return tuple(cell.recipe for cell in self.cells) or (self.recipe,)


def new_id() -> str:
    """A fresh job id."""
    return uuid4().hex
