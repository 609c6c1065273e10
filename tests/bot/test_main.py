"""The bot's process at its start."""

import os
import subprocess
import sys
from pathlib import Path

from jobs.server_exec import hold


def test_one_bot_a_data_directory(tmp_path: Path) -> None:
    """A second bot on the same data directory ends with a sentence, before it answers anything."""
    lock = hold(str(tmp_path / "bot.lock"), 0)
    assert lock is not None
    environment = {**os.environ, "DISCORD_TOKEN": "a.b.c", "ATELIER_DATA_DIR": str(tmp_path)}
    try:
        second = subprocess.run(
            [sys.executable, "-m", "bot"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(lock)
    assert second.returncode == 2
    assert "Another bot runs on the data directory" in second.stderr
