"""What the bot must not forget: each commission, from before its message to after its answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog
from pydantic import AwareDatetime, Field
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    Index,
    String,
    Text,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.errors import RecordsAway
from jobs.events import Finished
from jobs.job import Cell, Id, JobClass, StyleJob, Token
from jobs.recipe import Digest, Frozen, Recipe

log = structlog.get_logger(__name__)


class Stage(StrEnum):
    """How far a commission has come; each is written before the next act."""

    INTENDED = "intended"
    """Recorded; its job message may or may not have been posted."""
    POSTED = "posted"
    """The job message stands; the job may or may not be in the queue."""
    LINED_UP = "lined_up"
    """The job is in the queue, and the member has been shown its place."""
    ANSWERED = "answered"
    """The member has the picture or a sentence."""


HALF_OPEN = frozenset({Stage.INTENDED, Stage.POSTED})
OPEN = HALF_OPEN | {Stage.LINED_UP}
_ORDER = list(Stage)
NONCE_LENGTH = 25
"""As much of a commission's id as Discord lets a nonce be."""


class Commission(Frozen):
    """What a member asked for, with enough in it to submit the job again."""

    id: Id
    recipe: Recipe
    content: Digest
    canvas: tuple[int, int]
    user_id: int
    channel_id: int
    bot: Token
    reply_to: int | None = None
    """The message that was reacted to."""
    parent: Id | None = None
    own_style: bool = True
    """The style is the member's picture, not a preset's."""
    stage: Stage = Stage.INTENDED
    message_id: int | None = None
    finished: Finished | None = None
    asked_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    stopping: bool = False
    """Its member wants no more of it."""
    cells: tuple[Cell, ...] = ()
    """What a sheet shows; none for a picture."""

    def job(self) -> StyleJob:
        """The job for the queue; its message must stand."""
        assert self.message_id is not None
        return StyleJob(
            id=self.id,
            job_class=JobClass.SHEET if self.cells else JobClass.INTERACTIVE,
            recipe=self.recipe,
            content=self.content,
            canvas=self.canvas,
            user=str(self.user_id),
            bot=self.bot,
            channel_id=self.channel_id,
            message_id=self.message_id,
            parent=self.parent,
            cells=self.cells,
        )


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    """A commission as a row: what is looked up has a column, the rest is JSON."""

    __tablename__ = "commissions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_commissions_message", "message_id", unique=True),
        Index("ix_commissions_stage", "stage", "user_id"),
    )


class _Note(_Base):
    """Words that outlive the process, such as the digest of the synced commands."""

    __tablename__ = "notes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Records:
    """The bot's records in a SQL database."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        # A bot is the only one to write to its records, so this makes a change one step.
        self._writing = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator["Records"]:
        """Open the database at `url` (SQLAlchemy's async form) and make its tables.

        Raises RecordsAway.
        """
        # What errors say of a statement goes into logs, and some of the values are secret.
        engine = create_async_engine(url, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _durable)
        try:
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_Base.metadata.create_all)
            except DBAPIError as error:
                log.error("the records cannot be opened", reason=str(error.orig))
                raise RecordsAway from error
            yield cls(async_sessionmaker(engine, expire_on_commit=False))
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        """Everything that is written inside or nothing; RecordsAway where the disk is full."""
        try:
            async with self._writing, self._sessions.begin() as session:
                yield session
        except DBAPIError as error:
            log.error("the records cannot be written", reason=str(error.orig))
            raise RecordsAway from error

    async def add(self, commission: Commission) -> bool:
        """Write down a commission that is new; False, and nothing written, if its id is known.

        Raises RecordsAway, as all that writes.
        """
        async with self._transaction() as session:
            if await session.get(_Row, commission.id) is not None:
                return False
            session.add(_filled(_Row(id=commission.id, created=commission.asked_at), commission))
        return True

    async def change(self, job_id: str, **changes: Any) -> Commission:
        """Write down what has changed, and give the commission as it then stands.

        What others changed meanwhile stays, and a stage is never taken back: an answer that comes
        while its job is still being lined up closes the commission. Raises KeyError for an id that
        is not known.
        """
        async with self._transaction() as session:
            row = await session.get(_Row, job_id)
            if row is None:
                raise KeyError(job_id)
            known = Commission.model_validate_json(row.body)
            stage = max(known.stage, changes.get("stage", known.stage), key=_ORDER.index)
            changed = known.model_copy(update={**changes, "stage": stage})
            _filled(row, changed)
        return changed

    async def by_id(self, job_id: str) -> Commission | None:
        """The commission behind a job."""
        async with self._sessions() as session:
            return _read(await session.get(_Row, job_id))

    async def by_message(self, message_id: int) -> Commission | None:
        """The commission whose job message this is."""
        async with self._sessions() as session:
            found = await session.scalars(select(_Row).where(_Row.message_id == message_id))
            return _read(found.one_or_none())

    async def in_stages(self, stages: frozenset[Stage]) -> Sequence[Commission]:
        """All commissions that stand at one of `stages`, oldest first."""
        query = select(_Row).where(_Row.stage.in_(stages)).order_by(_Row.created)
        async with self._sessions() as session:
            return [
                Commission.model_validate_json(row.body) for row in await session.scalars(query)
            ]

    async def open_of(self, user_id: int) -> int:
        """How many unanswered commissions a member has."""
        query = select(func.count()).where(_Row.stage.in_(OPEN), _Row.user_id == user_id)
        async with self._sessions() as session:
            return await session.scalar(query) or 0

    async def note(self, name: str) -> str | None:
        """The word kept under `name`."""
        async with self._sessions() as session:
            row = await session.get(_Note, name)
            return row.text if row else None

    async def keep_note(self, name: str, text: str) -> None:
        """Keep `text` under `name`."""
        async with self._transaction() as session:
            await session.merge(_Note(name=name, text=text))

    async def drop_note(self, name: str) -> None:
        """Keep it no more."""
        async with self._transaction() as session:
            await session.execute(delete(_Note).where(_Note.name == name))

    async def notes(self, beginning: str) -> dict[str, str]:
        """All that is kept under names with that beginning."""
        query = select(_Note).where(_Note.name.startswith(beginning, autoescape=True))
        async with self._sessions() as session:
            return {row.name: row.text for row in await session.scalars(query)}


def sqlite_url(data_dir: Path) -> str:
    """The database that lies in the data directory."""
    return f"sqlite+aiosqlite:///{(data_dir / 'bot.sqlite3').resolve()}"


def _filled(row: _Row, commission: Commission) -> _Row:
    row.stage = commission.stage
    row.message_id = commission.message_id
    row.user_id = commission.user_id
    row.body = commission.model_dump_json()
    return row


def _read(row: _Row | None) -> Commission | None:
    return Commission.model_validate_json(row.body) if row else None


def _durable(connection: Engine, _record: object) -> None:
    """A commit is on the disk when it returns, and readers do not wait for writers."""
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection, untyped
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
