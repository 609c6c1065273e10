"""Poison: a job whose starts kill the engine is given up after a few, and runs alone until then.

Counted are starts that were never finished. The server's own count of deliveries would condemn
healthy jobs, since a job that is handed back at a shutdown is delivered again, too.
"""

from jobs.broker import names
from jobs.broker.jetstream import JetStream
from jobs.events import Failed
from jobs.job import StyleJob


def is_poison(deaths: int, allowed: int) -> bool:
    """Whether a job with so many starts that died is not to be tried again."""
    return deaths >= allowed


def must_run_alone(deaths: int) -> bool:
    """Whether a job could take others with it: its last start died."""
    return deaths > 0


def verdict(job: StyleJob, deaths: int) -> Failed:
    """The answer to a job that is given up."""
    times = "once" if deaths == 1 else f"{deaths} times"
    return Failed(
        job=job.id,
        code="poison",
        sentence=f"I gave this picture up: painting it has stopped me {times}. "
        "A smaller size or other pictures may work.",
    )


class Starts:
    """How often a job has been started and not ended, in a key-value bucket."""

    def __init__(self, connection: JetStream) -> None:
        self._connection = connection
        self._stream = names.kv_stream(names.STARTS)

    async def count(self, job_id: str) -> int:
        """The starts that have not ended."""
        value = await self._connection.last(self._stream, self._subject(job_id))
        return int(value) if value else 0

    async def set(self, job_id: str, count: int) -> None:
        """Remember `count` starts.

        None are remembered, too: a nats-server writes down at once what it stores, but what it
        removes only some moments later, and may be killed in between.
        """
        await self._connection.store(self._subject(job_id), str(count).encode())

    async def clear(self, job_id: str) -> None:
        """Forget them: the job has ended."""
        await self._connection.purge(self._stream, self._subject(job_id))

    def _subject(self, job_id: str) -> str:
        return names.kv_subject(names.STARTS, job_id)
