"""Become a child that cannot outlive the supervisor, then exec its command.

Run by path as `python -I child_exec.py PARENT PIPE COMMAND...`, so it uses the standard library
alone. PIPE is the number of a pipe's reading end of which the supervisor, and nobody else, holds
the other: it closes when the supervisor dies, however it does.
"""

import ctypes
import os
import select
import signal
import sys

_PR_SET_PDEATHSIG = 1


def ask_kernel(parent: int) -> None:
    """Have Linux kill this process when its parent dies; the request survives the exec."""
    # Not SIGTERM: nats-server goes with the supervisor, so there is nobody to hand work back to.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have died before the request took effect.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def set_guard(pipe: int) -> None:
    """Fork a guard that kills this process when `pipe` closes, for systems that are not Linux."""
    ended, alive = os.pipe()
    guarded = os.getpid()
    if os.fork() == 0:
        os.close(alive)
        readable, _, _ = select.select([pipe, ended], [], [])
        # `alive` closes when the guarded process ends: then there is nobody left to kill.
        if ended not in readable and os.getppid() == guarded:
            os.kill(guarded, signal.SIGKILL)
        os._exit(0)
    os.close(ended)
    os.set_inheritable(alive, True)


def main(parent: str, pipe: str, *command: str) -> None:
    """Exec `command` as a child of `parent`, with which it ends."""
    if sys.platform.startswith("linux"):
        ask_kernel(int(parent))
    else:
        set_guard(int(pipe))
    os.close(int(pipe))
    os.execv(command[0], command)  # noqa: S606  # a path that we chose, and no shell


if __name__ == "__main__":
    main(*sys.argv[1:])
