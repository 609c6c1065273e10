"""The guard that ends a child with its supervisor on systems without a parent-death signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli import child_exec

PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from child_exec import set_guard
set_guard(int(sys.argv[2]))
os.close(int(sys.argv[2]))
os.execv(sys.executable, [sys.executable, "-c", "print(flush=True); input()"])
"""


@contextmanager
def guarded() -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A guarded process that has gone through its exec, and the writing end of its lifeline."""
    reading, writing = os.pipe()
    folder = str(Path(child_exec.__file__).parent)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder, str(reading)],
        pass_fds=[reading],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(reading)
        assert process.stdout
        process.stdout.readline()
        yield process, writing


def test_lifeline_closes() -> None:
    """The guarded process is killed when the lifeline closes."""
    with guarded() as (process, lifeline):
        os.close(lifeline)
        assert -signal.SIGKILL == process.wait(10)


def test_process_ends() -> None:
    """The guard ends with the process that it guards: its end of the output closes too."""
    with guarded() as (process, lifeline):
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.stdout.read()
        os.close(lifeline)
        assert 1 == process.wait(10)
