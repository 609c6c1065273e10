"""What a member is told when a job fails: known faults by their sentence, others by a reference."""

import secrets

import structlog

from engine.errors import Diverged, NoStandIn, OutOfMemory, WeightsError
from jobs.errors import JobError
from jobs.events import Failed
from pictures.errors import PictureError
from pictures.sentences import sentence

log = structlog.get_logger(__name__)


def failure(job: str, error: Exception) -> Failed:
    """The end of a job that `error` has met, which is logged; its text is shown only if it is ours.

    A sentence for an operator (the path of a damaged file) stays in the log, too.
    """
    match error:
        case NoStandIn():
            failed = Failed(job=job, code=error.code, sentence=str(error))
            log.warning("backbone_missing", asked=error.backbone, why=error.why)
        case JobError() | OutOfMemory() | Diverged():
            failed = Failed(job=job, code=error.code, sentence=str(error))
        case PictureError():
            failed = Failed(job=job, code=error.code, sentence=sentence(error))
        case WeightsError():
            failed = Failed(job=job, code=error.code, sentence=_WEIGHTS)
        case _:
            return _unexpected(job, error)
    log.warning("job_failed", code=failed.code, why=str(error))
    return failed


_WEIGHTS = (
    "The network that was to paint this cannot be loaded here. Choose another backbone, or tell "
    "whoever runs this bot: the engine's log says what is wrong."
)


def _unexpected(job: str, error: Exception) -> Failed:
    reference = secrets.token_hex(4)
    log.error("job_failed", code="unexpected", reference=reference, exc_info=error)
    return Failed(
        job=job,
        code="unexpected",
        sentence=f"Something went wrong while painting this, and it is not your fault. Try again; "
        f"if it stays so, tell whoever runs this bot the reference {reference}.",
    )
