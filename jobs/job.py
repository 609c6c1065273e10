"""A job: who wants which picture painted how, and which message is to be answered."""

from enum import StrEnum
from typing import Annotated
from uuid import uuid4

from pydantic import Field

from jobs.recipe import Digest, Frozen, Recipe

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A word that may stand in a NATS subject."""


class JobClass(StrEnum):
    """Kinds of work that wait in lines of their own."""

    INTERACTIVE = "interactive"


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED})
UNFINISHED = frozenset(Status) - TERMINAL


class StyleJob(Frozen):
    """One picture to paint. Ids, parameters and digests only."""

    id: Id
    job_class: JobClass = JobClass.INTERACTIVE
    recipe: Recipe
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


def new_id() -> str:
    """A fresh job id."""
    return uuid4().hex
