"""What is read out of nats-server's log."""

from pathlib import Path

import pytest

from jobs.server_log import Broken, ServerLog, find_broken, tells_full

# As nats-server 2.15.1 writes them.
STAMP = "[5958] 2026/11/24 19:42:29.756914"
STREAM = f"{STAMP} [WRN] Stream create failed for '$G > JOBS': storage directory is not a directory"
CONSUMER = (
    f"{STAMP} [WRN]     Error adding consumer '$G > JOBS > interactive-0': "
    "error creating store for consumer: corrupt state file (10104)"
)
FULL = (
    f"{STAMP} [ERR] JetStream failed to store a msg on stream '$G > RESULTS': "
    "write /data/msgs/1.blk: no space left on device"
)


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        (f"{STREAM} (10077)", Broken("JOBS", consumers=False)),
        (CONSUMER, Broken("JOBS", consumers=True)),
        (FULL, None),
        (f"{STAMP} [WRN] Stream create failed for '$G > JOBS': permission denied (10077)", None),
        (f"{STAMP} [WRN] Stream create failed for '$G > JOBS': no space left (10047)", None),
        (f"{STAMP} [INF] '$G > JOBS': told by a client (10077)", None),
    ],
)
def test_find_broken(line: str, broken: Broken | None) -> None:
    """Files that cannot be used are told from a machine that is short of something."""
    assert broken == find_broken(line)


@pytest.mark.parametrize(("line", "full"), [(FULL, True), (CONSUMER, False)])
def test_tells_full(line: str, full: bool) -> None:
    """A write that found no room is recognised."""
    assert full == tells_full(line)


def test_news(tmp_path: Path) -> None:
    """Each whole line is news once, and what was there before is none."""
    path = tmp_path / "log"
    path.write_text("old\n")
    log = ServerLog(path)
    with path.open("a") as file:
        file.write("one\ntwo\nthr")
        file.flush()
        first = log.news()
        file.write("ee\n")
    assert (["one", "two"], ["three"], []) == (first, log.news(), log.news())


def test_no_log_yet(tmp_path: Path) -> None:
    """A log that is written later is news as a whole."""
    log = ServerLog(tmp_path / "log")
    before = log.news()
    (tmp_path / "log").write_text("one\n")
    assert ([], ["one"]) == (before, log.news())


def test_rotation(tmp_path: Path) -> None:
    """A log that was begun anew is read from its start."""
    path = tmp_path / "log"
    path.write_text("a long line of before\n")
    log = ServerLog(path)
    path.rename(tmp_path / "log.1")
    path.write_text("new\n")
    assert ["new"] == log.news()
