"""`atelier run` as an operating system sees it: the real nats-server, stand-ins for the rest."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROC = Path("/proc")
T = TypeVar("T")

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="processes are looked up in /proc")


def until(look: Callable[[], T | None], seconds: float) -> T:
    """What `look` gives as soon as that is something; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    pytest.fail(f"nothing after {seconds} s")


def arguments(pid: int) -> str:
    """The arguments of a process as `ps` shows them, empty where it has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie."""
    return not arguments(pid)


def listening_at(port: int) -> socket.socket | None:
    """A stranger's socket that listens at `port`, None while the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return None


class Run:
    """An `atelier run` with stand-ins for engine and bot."""

    def __init__(self, folder: Path, engine: str = "stay", bot: str = "stay") -> None:
        folder.mkdir(exist_ok=True)
        self.data, self.log = folder / "data", folder / "log"
        self.errors = folder / f"stderr-{time.monotonic_ns()}"
        settings = {"DATA_DIR": str(self.data), "DISCORD__TOKEN": "t", "LOG__FORMAT": "console"}
        given = {f"ATELIER_{name}": value for name, value in settings.items()}
        inherited = {key: value for key, value in os.environ.items() if "ATELIER_" not in key}
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "run_standins.py"), str(self.log), engine, bot],
                env={**inherited, **given, "PYTHONPATH": str(ROOT)},
                cwd=folder,
                stderr=errors,
            )

    def lines(self, name: str) -> list[str]:
        """What the stand-in `name` told so far."""
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")]

    def pid(self, name: str, start: int = 1) -> int:
        """The process of the `start`-th start of `name`, once it runs."""
        return int(until(lambda: self.lines(name)[start - 1 : start], 20)[0])

    def server(self, other_than: int = 0) -> int:
        """The process of nats-server."""
        return until(lambda: next(iter(self.servers() - {other_than}), None), 20)

    def all(self) -> list[int]:
        """The three processes, once they run."""
        return [self.pid("engine"), self.pid("bot"), self.server()]

    def servers(self) -> set[int]:
        """The processes of nats-server on this data directory."""
        pids = [int(path.name) for path in PROC.iterdir() if path.name.isdecimal()]
        return {
            pid
            for pid in pids
            if arguments(pid).split(" ")[0].endswith("nats-server")
            and str(self.data) in arguments(pid)
        }

    def address(self) -> dict[str, str]:
        """Where the queue listens."""
        known: dict[str, str] = json.loads((self.data / "queue.json").read_text())
        return known

    def end(self) -> None:
        """End everything for good."""
        self.process.kill()
        self.process.wait()
        for pid in self.servers():
            os.kill(pid, signal.SIGKILL)


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an `atelier run` that ends with the test."""
    runs: list[Run] = []

    def start_one(engine: str = "stay", bot: str = "stay") -> Run:
        runs.append(Run(tmp_path, engine, bot))
        return runs[-1]

    yield start_one
    for run in runs:
        run.end()


def test_names(start: Start) -> None:
    """Three processes run, each visible under its name."""
    engine, bot, server = start().all()
    assert arguments(engine).endswith("atelier engine ")
    assert arguments(bot).endswith("atelier bot ")
    assert Path(arguments(server).split(" ")[0]).name == "nats-server"


@pytest.mark.parametrize("name", ["engine", "bot"])
def test_dead_child_is_back(start: Start, name: str) -> None:
    """A child that is killed runs again within five seconds."""
    run = start()
    run.all()
    os.kill(run.pid(name), signal.SIGKILL)
    again = until(lambda: run.lines(name)[1:], 5)
    assert arguments(int(again[0])).endswith(f"atelier {name} ")


def test_dead_server_is_back(start: Start) -> None:
    """A nats-server that is killed runs again, at the same address, and its clients stay."""
    run = start()
    engine, bot, server = run.all()
    before = run.address()
    os.kill(server, signal.SIGKILL)
    begun = time.monotonic()
    run.server(other_than=server)
    assert time.monotonic() - begun < 5
    assert (before, [str(engine)], [str(bot)]) == (
        run.address(),
        run.lines("engine"),
        run.lines("bot"),
    )


def test_server_in_need(start: Start) -> None:
    """A nats-server that cannot use its files starts anew without them, and its clients stay."""
    run = start()
    engine, bot, server = run.all()
    damaged = run.data / "nats" / "jetstream" / "$G" / "streams" / "JOBS"
    damaged.mkdir(parents=True)
    (damaged / "block").write_text("jobs")
    with (run.data / "nats" / "nats-server.log").open("a") as log:
        log.write("[1] [WRN] Stream create failed for '$G > JOBS': not a stream's (10077)\n")
    run.server(other_than=server)
    kept = [path.read_text() for path in (run.data / "nats" / "set-aside").rglob("block")]
    assert (["jobs"], False) == (kept, damaged.exists())
    assert ([str(engine)], [str(bot)]) == (run.lines("engine"), run.lines("bot"))


def test_taken_port(start: Start) -> None:
    """Where a stranger took the dead server's port, it takes another and its clients follow."""
    run = start()
    server = run.all()[2]
    port = int(run.address()["url"].rpartition(":")[2])
    run.process.send_signal(signal.SIGSTOP)
    os.kill(server, signal.SIGKILL)
    with until(lambda: listening_at(port), 5):
        run.process.send_signal(signal.SIGCONT)
        run.server(other_than=server)
        until(lambda: run.lines("engine")[2:] and run.lines("bot")[2:], 5)
    assert port != int(run.address()["url"].rpartition(":")[2])


def test_no_orphans(start: Start) -> None:
    """Nothing outlives an `atelier run` that is killed with -9, not even who ignores signals."""
    run = start(engine="stubborn", bot="stubborn")
    pids = run.all()
    run.process.kill()
    assert until(lambda: all(has_ended(pid) for pid in pids), 5)


def test_next_start_goes_on(start: Start) -> None:
    """The start after a kill -9 has the same queue at the same address."""
    first = start()
    first.all()
    before = first.address()
    first.process.kill()
    first.process.wait()
    second = start()
    second.pid("bot", start=2)
    assert before == second.address()


def test_sigterm(start: Start) -> None:
    """SIGTERM reaches the children, and everything has ended when `run` does, with exit code 0."""
    run = start()
    pids = run.all()
    run.process.terminate()
    assert 0 == run.process.wait(10)
    assert (["stopped"], ["stopped"], True) == (
        run.lines("engine")[1:],
        run.lines("bot")[1:],
        all(has_ended(pid) for pid in pids),
    )


def test_stubborn_child(start: Start) -> None:
    """A child that does not end by itself is killed, so that `run` ends within ten seconds."""
    run = start(bot="stubborn")
    pids = run.all()
    run.process.terminate()
    assert 0 == run.process.wait(10)
    assert all(has_ended(pid) for pid in pids)


def test_second_signal(start: Start) -> None:
    """Whoever presses Ctrl-C twice does not wait for a stubborn child."""
    run = start(bot="stubborn")
    run.all()
    run.process.send_signal(signal.SIGINT)
    until(lambda: run.lines("engine")[1:], 5)
    begun = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert 0 == run.process.wait(10)
    assert time.monotonic() - begun < 3


def test_second_run(start: Start) -> None:
    """A second `run` on the same data directory says so and leaves the first alone."""
    first = start()
    pids = first.all()
    second = start()
    assert 2 == second.process.wait(10)
    said = second.errors.read_text()
    assert f"`atelier run` runs on the data directory {first.data} already." in said
    assert not any(has_ended(pid) for pid in pids)


def test_refusal(start: Start) -> None:
    """A child that ends with exit code 2 ends all, and its sentence is read."""
    run = start(bot="refuse")
    assert 2 == run.process.wait(10)
    said = run.errors.read_text().splitlines()
    assert "Discord does not accept the token. Copy it again." in said
    assert (
        "atelier bot cannot start for the reason it gives above, so nothing runs now." == said[-1]
    )
    assert all(has_ended(int(pid)) for pid in run.lines("engine")[:1])
    assert set() == run.servers()
