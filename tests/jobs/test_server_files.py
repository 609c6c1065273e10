"""The files of nats-server: what it may take, and files that it cannot use."""

import os
import shutil
from pathlib import Path

import pytest

from config import load_settings
from jobs.errors import QueueAway
from jobs.server import EmbeddedServer
from jobs.server_files import allowance, free, put_back, set_aside, stream_folder
from tests.jobs.test_server import program

NATS = load_settings().nats


def test_allowance(tmp_path: Path) -> None:
    """What is there may stay, and of what is free a quarter is left to others."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "block").write_bytes(bytes(1000))
    left = free(store)
    assert 1000 + left * 3 // 4 == pytest.approx(allowance(store), rel=1e-3)


def test_set_aside(tmp_path: Path) -> None:
    """What is moved aside is whole there, and comes back when that is undone."""
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "block").write_text("jobs")
    moved = set_aside([folder, tmp_path / "missing"], tmp_path)
    [(source, target)] = moved
    assert (folder, False, "jobs") == (source, folder.exists(), (target / "block").read_text())
    folder.mkdir()
    put_back(moved)
    assert ("jobs", False) == ((folder / "block").read_text(), target.exists())


def test_stream_folder(tmp_path: Path) -> None:
    """A stream's folder, its consumers', or the file that is in their way."""
    streams = tmp_path / "$G" / "streams"
    found = [stream_folder(tmp_path, "JOBS", consumers=each) for each in (False, True)]
    streams.parent.mkdir()
    streams.write_text("no folder")
    found.append(stream_folder(tmp_path, "JOBS", consumers=True))
    assert [streams / "JOBS", streams / "JOBS" / "obs", streams] == found


async def test_server_that_ends_on_its_files(tmp_path: Path) -> None:
    """A server that cannot start on its files starts without them, and they are kept."""
    async with EmbeddedServer(NATS, tmp_path) as server:
        await server.stop()
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        (tmp_path / "nats" / "jetstream").write_text("no folder")
        await server.start()
        kept = [path.read_text() for path in (tmp_path / "nats" / "set-aside").glob("*/*")]
        assert (None, ["no folder"]) == (server.process.returncode, kept)


async def test_server_that_ends_on_anything(tmp_path: Path) -> None:
    """Where it starts without its files no better, they are put back."""
    async with EmbeddedServer(NATS, tmp_path) as server:
        pass
    store = tmp_path / "nats" / "jetstream"
    before = sorted(os.listdir(store))
    broken = program(tmp_path / "nats-server", 'echo "nats-server: v2.12.0"; [ "$1" = --version ]')
    server = EmbeddedServer(NATS.model_copy(update={"server": broken}), tmp_path)
    with pytest.raises(QueueAway):
        await server.start()
    assert before == sorted(os.listdir(store))
