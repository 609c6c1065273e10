"""`atelier run` with stand-ins for engine and bot: `python run_standins.py LOG ENGINE BOT`."""

import sys
from pathlib import Path
from unittest.mock import patch

from cli import run

CHILD = str(Path(__file__).with_name("standin_child.py"))


def main(log: str, engine: str, bot: str) -> None:
    """Run with children that do as `engine` and `bot` say."""
    how = {"engine": engine, "bot": bot}

    def command(name: str) -> list[str]:
        return [sys.executable, CHILD, log, how[name], "atelier", name]

    with patch.object(run, "atelier_command", command):
        run.run.main([])


if __name__ == "__main__":
    main(*sys.argv[1:])
