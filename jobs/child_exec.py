"""Become a child that cannot outlive its parent, then exec its command.

Run by path as `python -I child_exec.py PARENT PIPE SIGNAL COMMAND...` (see jobs/lifeline.py), so it
uses the standard library alone. PIPE is the number of a pipe's reading end of which the parent, and
nobody else, holds the other: it closes when the parent dies, however it does. SIGNAL then ends it.
"""

import ctypes
import os
import select
import sys

_PR_SET_PDEATHSIG = 1


def ask_kernel(parent: int, number: int) -> None:
    """Have Linux send this process a signal when its parent dies; that survives the exec."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    # It may have died before the request took effect.
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def set_guard(pipe: int, number: int) -> None:
    """Fork a guard that sends the signal when `pipe` closes, for systems that are not Linux."""
    ended, alive = os.pipe()
    guarded = os.getpid()
    if os.fork() == 0:
        os.close(alive)
        readable, _, _ = select.select([pipe, ended], [], [])
        # `alive` closes when the guarded process ends: then there is nobody left to end.
        if ended not in readable and os.getppid() == guarded:
            os.kill(guarded, number)
        os._exit(0)
    os.close(ended)
    os.set_inheritable(alive, True)


def main(parent: str, pipe: str, number: str, *command: str) -> None:
    """Exec `command` as a child of `parent`, with which it ends."""
    if sys.platform.startswith("linux"):
        ask_kernel(int(parent), int(number))
    else:
        set_guard(int(pipe), int(number))
    os.close(int(pipe))
    os.execv(command[0], command)  # noqa: S606  # a path that we chose, and no shell


if __name__ == "__main__":
    main(*sys.argv[1:])
