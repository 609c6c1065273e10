"""`atelier sandbox`: it prints its pages, and nothing of it is left after Ctrl-C."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from cli.child import atelier_command
from cli.main import missing
from tests.absence import weights_dir

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 10.0
LOOK_SECONDS = 0.05


@asynccontextmanager
async def started(folder: Path, *options: str) -> AsyncIterator[Process]:
    """`atelier sandbox` as a process; its temporary files lie in `folder`."""
    environment = {
        **os.environ,
        "ATELIER_ENGINE__DOWNLOAD": "never",
        "ATELIER_ENGINE__WEIGHTS_DIR": weights_dir(),
        "ATELIER_ENGINE__THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
    }
    command = [*atelier_command("sandbox"), *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, stderr=PIPE, env=environment, cwd=folder
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: Process, last: str) -> str:
    """What it prints, up to a line with `last`."""
    assert process.stdout is not None
    text = ""
    async with asyncio.timeout(60):
        while last not in text:
            line = await process.stdout.readline()
            assert line, f"it ended after: {text}"
            text += line.decode()
    return text


async def end_of(process: Process) -> tuple[int | str | None, str]:
    """Its exit code and what it complained of; "late" if it does not end within ten seconds."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        return "late", ""
    return process.returncode, said.decode()


def left(children: list[psutil.Process]) -> list[psutil.Process]:
    """Those that live on; who has ended waits for an init, which a container may not have."""
    return [child for child in psutil.wait_procs(children, timeout=2)[1] if is_alive(child)]


def is_alive(process: psutil.Process) -> bool:
    """Whether it is neither gone nor a zombie."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.long
async def test_from_the_first_line_to_the_end(tmp_path: Path) -> None:
    """It prints an address for each member, and Ctrl-C leaves neither process nor file."""
    async with started(tmp_path) as process:
        text = await read_until(process, "Ctrl-C")
        urls = re.findall(r"(\w+) +(http://127\.0\.0\.1:\d+/)#", text)
        async with aiohttp.ClientSession() as session:
            answers = [(name, (await session.get(url)).status) for name, url in urls]
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        end = await end_of(process)
        assert [("alice", 200), ("bob", 200)] == answers
        assert (0, False) == (end[0], "Traceback" in end[1])
        assert (2, [], []) == (len(children), left(children), os.listdir(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    """A signal before there is a page ends it as well, with all that it has started."""
    async with started(tmp_path) as process:
        await child(process, "nats-server")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        assert ((0, ""), []) == (await end_of(process), left(children))


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
async def test_its_sudden_death_leaves_no_process(tmp_path: Path) -> None:
    """Engine and queue do not outlive a sandbox that was killed."""
    async with started(tmp_path) as process:
        children = [await child(process, name) for name in ("nats-server", "engine")]
        process.kill()
        await process.wait()
        assert [] == left(children)


async def test_the_engine_is_started_again(tmp_path: Path) -> None:
    """An engine that dies comes back, as under `atelier run`."""
    async with started(tmp_path) as process:
        first = await child(process, "engine")
        first.kill()
        assert first != await child(process, "engine", but=first)


async def child(process: Process, name: str, but: psutil.Process | None = None) -> psutil.Process:
    """The child with `name` among its arguments, as soon as there is one."""
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            for one in psutil.Process(process.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if one != but and name in map(os.path.basename, one.cmdline()):
                        return one
            await asyncio.sleep(LOOK_SECONDS)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """It says so in one sentence, and exits with 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(tmp_path, "--port", str(port)) as process:
            end = await end_of(process)
    expected = (
        f"Port {port} cannot be used (Address already in use). Name another one, or leave --port "
        "away to get a free one.\n"
    )
    assert (2, expected) == end


def test_without_the_sandbox_s_packages() -> None:
    """The sentence names the extra that brings them."""
    expected = (
        "`atelier sandbox` needs simcord, which is not installed here. "
        "Install it with `pip install 'atelier-bot[sandbox]'`."
    )
    assert expected == missing("sandbox", "simcord")
