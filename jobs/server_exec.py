"""Become nats-server: hold the data directory, then exec.

Run by path as `python -I server_exec.py LOCK BINARY ARGUMENTS...`, so it uses the standard library
alone. After the exec the process is nats-server in name and arguments.
"""

import fcntl
import os
import sys
import time

MEMORY = "64MiB"
LOCK_SECONDS = 5.0
BUSY = 75


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


def main(path: str, *command: str) -> None:
    """Exec `command` as the one that holds the lock file `path`."""
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
