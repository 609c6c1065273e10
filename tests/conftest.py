"""What all tests share: their order, logs and files, and the real queue.

Each test that asks for it has a nats-server of its own.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import structlog

from config import load_settings
from jobs.broker import Broker
from jobs.server import EmbeddedServer

MOST_WORKERS = 4

MEMORY = Path("/dev/shm")
"""A disk in memory: the queue waits for its disk at each write, and no test cuts the power."""
ROOM = 2 << 30

Connect = Callable[..., AbstractAsyncContextManager[Broker]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than cores, since tests often wait, and four at most, which fit into memory."""
    return min(_cores() + 1, MOST_WORKERS)


def _cores() -> int:
    """Cores that this process may use, which are fewer than there are in some containers."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the long tests first: side by side, none is then left to wait for at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_configure() -> None:
    """Plain logs, and files in memory where there is room."""
    _log_plainly()
    if _has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _has_room(folder: Path) -> bool:
    """Whether tests can write all they need there, and start programs that they write there."""
    if sys.platform != "linux" or not folder.is_dir():
        return False
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize > ROOM and not disk.f_flag & os.ST_NOEXEC


def _log_plainly() -> None:
    """Log as the programs do, without local variables at each traceback.

    Unconfigured, structlog has rich draw them, and the event loop stands still for seconds.
    """
    plain = structlog.dev.plain_traceback
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain),
        ]
    )


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A running server with an empty store."""
    async with EmbeddedServer(load_settings().nats, tmp_path / "data") as server:
        yield server


@pytest.fixture
def connect(nats_server: EmbeddedServer) -> Connect:
    """Connects to the server as another process would; arguments are settings of the queue."""

    def broker(**changes: object) -> AbstractAsyncContextManager[Broker]:
        # A copy is not validated, so leases may be shorter than a setting allows.
        queue = load_settings().queue.model_copy(update=changes)
        return Broker.connect(nats_server.address, queue, name="test", connect_seconds=10)

    return broker


@pytest.fixture
async def broker(connect: Connect) -> AsyncIterator[Broker]:
    """A broker with the default settings."""
    async with connect() as broker:
        yield broker
