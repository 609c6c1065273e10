"""From stored bytes to values, also where another version of Atelier wrote them."""

import json
import logging
from typing import NamedTuple

from nats.aio.msg import Msg
from pydantic import TypeAdapter, ValidationError

from jobs.broker import names
from jobs.events import RESULT, Failed, Result
from jobs.job import Id, StyleJob, Token

log = logging.getLogger(__name__)
_ID: TypeAdapter[str] = TypeAdapter(Id)
_TOKEN: TypeAdapter[str] = TypeAdapter(Token)
_SENTENCE = (
    "This picture was asked of another version of me, which I no longer understand. "
    "Ask once more, please."
)


class Unreadable(NamedTuple):
    """A job that this version cannot read: enough of it to tell the member."""

    id: str
    bot: str

    @property
    def failed(self) -> Failed:
        """What its member is told."""
        return _failed(self.id)


def _failed(job_id: str) -> Failed:
    return Failed(job=job_id, code="unreadable", sentence=_SENTENCE)


def read_job(data: bytes) -> StyleJob | Unreadable | None:
    """The job in `data`; None where not even its id and bot can be read."""
    try:
        return StyleJob.model_validate_json(data)
    except ValidationError as exc:
        log.error("queue: a job cannot be read; its member is told: %s", exc.errors()[:1])
    try:
        raw = json.loads(data)
        return Unreadable(_ID.validate_python(raw["id"]), _TOKEN.validate_python(raw["bot"]))
    except (ValueError, KeyError, TypeError):
        return None


def read_result(message: Msg) -> Result | None:
    """How a job ended; None where the message names no job."""
    try:
        return RESULT.validate_json(message.data)
    except ValidationError as exc:
        log.error("queue: a result cannot be read; its member is told: %s", exc.errors()[:1])
    try:
        return _failed(names.last_token(message.subject))
    except ValidationError:
        return None


def subject_of(stored: Msg) -> str:
    """The subject under which a message from a direct get was stored."""
    return (stored.headers or {})["Nats-Subject"]


def sequence_of(stored: Msg) -> int:
    """Its place in the stream."""
    return int((stored.headers or {})["Nats-Sequence"])


def left_after(stored: Msg) -> int:
    """How many more match the request."""
    return int((stored.headers or {})["Nats-Num-Pending"])
