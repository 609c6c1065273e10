"""Failpoints: a file named for a point kills the process that comes by, once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.failpoints import BOT_ACTS, ENGINE_ACTS, Act, points

_COMING_BY = """
import sys
from pathlib import Path
from jobs import failpoints
failpoints.arm(Path(sys.argv[1]) if sys.argv[1] else None)
with failpoints.around(failpoints.Act.POST):
    print("posted", flush=True)
"""


def come_by(folder: str) -> tuple[int, str]:
    """The exit code and the words of a process that posts."""
    ended = subprocess.run(
        [sys.executable, "-c", _COMING_BY, folder], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout.strip()


@pytest.mark.parametrize(("point", "words"), [("before-post", ""), ("after-post", "posted")])
def test_kills_once(tmp_path: Path, point: str, words: str) -> None:
    """The process dies at the armed point, and the next one lives."""
    (tmp_path / point).touch()
    assert come_by(str(tmp_path)) == (-signal.SIGKILL, words)
    assert come_by(str(tmp_path)) == (0, "posted")


def test_off_by_default(tmp_path: Path) -> None:
    """Without a folder nothing is looked for."""
    (tmp_path / "before-post").touch()
    assert come_by("") == (0, "posted")


def test_every_act_has_two_points() -> None:
    """Bot and engine together have a point before and after each act."""
    names = points(BOT_ACTS) + points(ENGINE_ACTS)
    assert len(set(names)) == 2 * len(Act)
