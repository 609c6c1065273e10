"""Become nats-server: end with the parent, hold the data directory, then exec.

Run by path as `python -I server_exec.py PARENT LOCK BINARY ARGUMENTS...`, so it uses the standard
library alone. After the exec the process is nats-server in name and arguments.
"""

import ctypes
import fcntl
import os
import signal
import sys
import time

MEMORY = "64MiB"
LOCK_SECONDS = 5.0
BUSY = 75
_PR_SET_PDEATHSIG = 1


def _end_with_parent(parent: int) -> None:
    """Ask Linux for a SIGTERM when the parent dies, even by kill -9."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # It may have died before the request took effect.
    if os.getppid() != parent:
        sys.exit(BUSY)


def hold(path: str, seconds: float) -> int | None:
    """Lock the file `path`, waiting up to `seconds`; the open file's number, None if held."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(lock)
                return None
            time.sleep(0.02)
        else:
            return lock


def main(parent: str, path: str, *command: str) -> None:
    """Exec `command` as the one that holds the lock file `path`."""
    _end_with_parent(int(parent))
    lock = hold(path, LOCK_SECONDS)
    if lock is None:
        sys.stderr.write("another nats-server runs on this data directory\n")
        sys.exit(BUSY)
    # The open file outlives the exec, so the lock is let go when nats-server ends, however it does.
    os.set_inheritable(lock, True)
    os.environ.setdefault("GOMEMLIMIT", MEMORY)
    os.execv(command[0], command)  # noqa: S606  # a path that we chose, and no shell


if __name__ == "__main__":
    main(*sys.argv[1:])
