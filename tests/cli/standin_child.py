"""A stand-in for engine or bot: tells a file that it runs, and ends as it is told.

`python standin_child.py LOG HOW atelier NAME`, where LOG gets a line `NAME PID` at each start, and
`NAME stopped` after a SIGTERM. HOW is `stay`, `stubborn` (SIGTERM is ignored) or `refuse`.
"""

import os
import signal
import sys

SENTENCE = "Discord does not accept the token. Copy it again."


def main(log: str, how: str, _: str, name: str) -> int:
    """Do as `how` says."""

    def tell(what: object) -> None:
        with open(log, "a") as file:
            file.write(f"{name} {what}\n")

    def stop(*_: object) -> None:
        tell("stopped")
        sys.exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else stop)
    tell(os.getpid())
    if how == "refuse":
        sys.stderr.write(f"{SENTENCE}\n")
        return 2
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
