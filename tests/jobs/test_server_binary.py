"""Which nats-server is chosen."""

from pathlib import Path

import pytest

from jobs import server_binary
from jobs.errors import QueueAway, QueueTooOld
from jobs.server_binary import find_server, refuse_old, version_of


def program(folder: Path, version: str) -> Path:
    """A nats-server that gives its version and does nothing else."""
    folder.mkdir(exist_ok=True)
    path = folder / "nats-server"
    path.write_text(f"#!/bin/sh\necho 'nats-server: {version}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """PATH is this folder alone."""
    monkeypatch.setenv("PATH", f"{tmp_path}/path:/bin:/usr/bin")
    return tmp_path / "path"


def test_chosen(tmp_path: Path, path_is: Path) -> None:
    """The one that is set is taken, whatever else there is."""
    program(path_is, "v2.14.0")
    chosen = program(tmp_path / "own", "v2.12.0")
    assert find_server(str(chosen)) == chosen


def test_chosen_is_old(tmp_path: Path) -> None:
    """One that is set and too old is refused by name, and nothing else is taken for it."""
    chosen = program(tmp_path / "own", "v2.9.10")
    with pytest.raises(QueueTooOld) as refused:
        find_server(str(chosen))
    error = refused.value
    assert (error.where, error.version, error.needed) == (str(chosen), "2.9.10", "2.12")


@pytest.mark.parametrize("text", ["exit 1", "echo hello", "exec sleep 60"])
def test_chosen_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A program that is no nats-server is refused by name."""
    monkeypatch.setattr(server_binary, "_SECONDS", 0.2)
    chosen = tmp_path / "tool"
    chosen.write_text(f"#!/bin/sh\n{text}\n")
    chosen.chmod(0o755)
    with pytest.raises(QueueAway) as refused:
        find_server(str(chosen))
    assert str(chosen) in refused.value.detail


def test_chosen_is_missing(tmp_path: Path) -> None:
    """A path where nothing is is refused by name."""
    with pytest.raises(QueueAway) as refused:
        find_server(str(tmp_path / "nothing"))
    assert str(tmp_path / "nothing") in refused.value.detail


def test_path(path_is: Path) -> None:
    """A new enough one on PATH goes before the wheel's."""
    new = program(path_is, "v2.12.0")
    assert find_server("") == new


def test_wheel(path_is: Path) -> None:
    """Debian's is too old, so the wheel's is taken."""
    old = program(path_is, "v2.9.10")
    found = find_server("")
    assert found != old
    assert found.name == "nats-server"


def test_old_one_only(path_is: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is only an old one, it is named."""
    monkeypatch.setattr(server_binary, "WHEEL", "no-such-wheel")
    old = program(path_is, "v2.9.10")
    with pytest.raises(QueueTooOld) as refused:
        find_server("")
    assert refused.value.where == str(old)


def test_none(path_is: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, the sentence says what brings one."""
    monkeypatch.setattr(server_binary, "WHEEL", "no-such-wheel")
    with pytest.raises(QueueAway) as refused:
        find_server("")
    assert "pip install" in refused.value.detail


@pytest.mark.parametrize("version", ["2.11.99", "v2.9.10", "1.99.0", "", "of unknown age"])
def test_old(version: str) -> None:
    """Versions before 2.12 are too old, and so is none."""
    with pytest.raises(QueueTooOld):
        refuse_old("here", version)


@pytest.mark.parametrize("version", ["2.12.0", "v2.12.0-RC.1", "2.15.1", "3.0.0"])
def test_new(version: str) -> None:
    """2.12 and all that follow are new enough."""
    refuse_old("here", version)
    assert version_of(version) >= (2, 12)
