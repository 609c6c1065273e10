"""The guard that ends a child with its supervisor on systems without a parent-death signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs import child_exec
from jobs.lifeline import Lifeline

PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from child_exec import set_guard
set_guard(int(sys.argv[2]), int(sys.argv[3]))
os.close(int(sys.argv[2]))
os.execv(sys.executable, [sys.executable, "-c", "print(flush=True); input()"])
"""


@contextmanager
def guarded(
    number: signal.Signals = signal.SIGKILL,
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A guarded process that has gone through its exec, and the writing end of its lifeline."""
    reading, writing = os.pipe()
    folder = str(Path(child_exec.__file__).parent)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder, str(reading), str(int(number))],
        pass_fds=[reading],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(reading)
        assert process.stdout
        process.stdout.readline()
        yield process, writing


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_lifeline_closes(number: signal.Signals) -> None:
    """The guarded process gets the signal when the lifeline closes."""
    with guarded(number) as (process, lifeline):
        os.close(lifeline)
        assert -number == process.wait(10)


def test_process_ends() -> None:
    """The guard ends with the process that it guards: its end of the output closes too."""
    with guarded() as (process, lifeline):
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.stdout.read()
        os.close(lifeline)
        assert 1 == process.wait(10)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the kernel of Linux")
def test_parent_has_died_already() -> None:
    """Started by another process than its parent, as when that has died, it does not run."""
    with Lifeline() as lifeline:
        command = lifeline.bind([sys.executable, "-c", "input()"], signal.SIGTERM)
        command[3] = "1"
        process = subprocess.Popen(command, pass_fds=[lifeline.reading_end])
        assert -signal.SIGTERM == process.wait(10)
