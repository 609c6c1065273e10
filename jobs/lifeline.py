"""Children that end with their parent, even by kill -9 of it."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_EXEC = Path(__file__).with_name("child_exec.py")


class Lifeline:
    """A pipe whose writing end only this process holds: it closes when this process dies."""

    def __init__(self) -> None:
        self.reading_end, self._writing_end = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give it up; where the kernel is not asked, that ends the children."""
        os.close(self.reading_end)
        os.close(self._writing_end)

    def bind(self, command: Sequence[str], number: signal.Signals = signal.SIGKILL) -> list[str]:
        """The command that runs `command`, which gets the signal when this process dies.

        To be started by this process, in its main thread (Linux ends a child with the thread that
        started it), with `reading_end` passed on.
        """
        parent, pipe = str(os.getpid()), str(self.reading_end)
        return [sys.executable, "-I", str(_EXEC), parent, pipe, str(int(number)), *command]
