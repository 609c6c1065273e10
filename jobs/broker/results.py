"""How jobs ended: stored for the bot that asked, the first result only, until it has told it."""

from collections.abc import AsyncIterator

from nats.aio.msg import Msg

from jobs.broker import names
from jobs.broker.bell import Bell
from jobs.broker.jetstream import JetStream, Refused
from jobs.broker.keeping import Keeper
from jobs.broker.layout import bot_consumer, ensure_consumer
from jobs.broker.reading import read_result
from jobs.errors import QueueAway
from jobs.events import Result

_HELD_SECONDS = 12.0
"""A result that its bot took comes again so soon after the bot has died."""
_LONGEST_SECONDS = 600.0
"""A result that its bot has neither acknowledged nor handed back by then comes again, too."""
_AWAY_SECONDS = 1.0
_STANDING = 10077  # there is a result for this job


class Delivery:
    """A result on its way to the member; `again` if it was delivered before.

    It is this bot's until `ack` or `retry`, or until the bot dies; then it is delivered again.
    """

    def __init__(self, connection: JetStream, message: Msg, event: Result) -> None:
        self.event = event
        self.again = message.metadata.num_delivered > 1
        self._connection, self._message = connection, message
        self._keeper = Keeper(connection, message, _HELD_SECONDS / 3, _LONGEST_SECONDS)
        self._keeper.start(f"hold the result of {event.job}")

    @property
    def is_held(self) -> bool:
        """Whether it is neither acknowledged nor to be delivered again."""
        return self._keeper.is_keeping

    async def ack(self) -> None:
        """The member has the answer, so do not deliver it again. Raises QueueAway.

        A nats-server writes acknowledgements down some moments later, whatever its sync interval:
        one that is killed just then delivers again what was acknowledged, with `again` unset.
        """
        await self._connection.acknowledge(self._message)
        self._keeper.stop()

    async def retry(self, delay: float) -> None:
        """Deliver it again in `delay` seconds."""
        self._keeper.stop()
        await self._connection.hand_back(self._message, delay)


class Results:
    """Publishes and delivers results."""

    def __init__(self, connection: JetStream) -> None:
        self._connection = connection

    async def conclude(self, bot: str, result: Result, patience: float | None = None) -> bool:
        """Store how a job ended; False if another end was stored before, which then stands.

        Raises QueueAway after `patience` seconds, by default as long as other calls.
        """
        subject = names.result_subject(bot, result.job)
        data = result.model_dump_json().encode()
        try:
            await self._connection.store(subject, data, patience=patience)
        except Refused as refused:
            if refused.reason != _STANDING:
                raise
            # It may be our own, of a first try whose acknowledgement was lost.
            standing = await self._connection.last(names.RESULTS, subject)
            if standing is None:
                raise
            return standing == data
        return True

    async def is_concluded(self, bot: str, job_id: str) -> bool:
        """Whether the job's end has been stored."""
        subject = names.result_subject(bot, job_id)
        return await self._connection.last(names.RESULTS, subject) is not None

    async def deliveries(self, bot: str) -> AsyncIterator[Delivery]:
        """The results for `bot`, without end, also those from when it was away.

        While the queue is away it waits; it ends when the connection is closed for good.
        """
        bell = Bell(self._connection, names.result_filter(bot))
        held: dict[str, Delivery] = {}
        # A server that came back may have lost the consumer, which is then made anew.
        self._connection.after_reconnect(bell.take_down)
        try:
            while not self._connection.is_closed:
                message = await self._next(bot, bell)
                held = {job_id: one for job_id, one in held.items() if one.is_held}
                if message is None:
                    await bell.wait(_AWAY_SECONDS)
                elif (event := read_result(message)) is None:
                    await self._connection.acknowledge(message)
                elif event.job not in held:
                    # A server that lost sight of us gives once more what is being told already.
                    held[event.job] = Delivery(self._connection, message, event)
                    yield held[event.job]
        finally:
            await bell.take_down()

    async def _next(self, bot: str, bell: Bell) -> Msg | None:
        """The next message for `bot`; None where there is none, or no queue, just now."""
        consumer = names.result_consumer(bot)
        try:
            if not bell.hangs:
                config = bot_consumer(bot, _HELD_SECONDS)
                await ensure_consumer(self._connection, names.RESULTS, config)
                await bell.hang()
            return await bell.look(lambda: self._connection.pull(names.RESULTS, consumer))
        except QueueAway:
            # The consumer may be gone with the queue's files; it is looked after anew.
            await bell.take_down()
            return None
