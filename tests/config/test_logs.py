"""Logging: lines on stderr, JSON or for people, and never a secret."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from config import logs
from config.logs import configure_logging
from config.settings import Log


class Stderr:
    """What was written to stderr since it was last looked at."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        return self._capsys.readouterr().err

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Stderr]:
    """Stderr as the handlers find it; logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # basicConfig closes the handlers it replaces, and pytest's are to live on.
    root.handlers[:] = []
    levels = {name: logging.getLogger(name).level for name in logs._CHATTY}
    yield Stderr(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def json_log(level: str = "info") -> Log:
    return Log.model_validate({"level": level, "format": "json"})


def test_json_lines_carry_their_fields(stderr: Stderr) -> None:
    """A structlog event is one JSON object with its level, logger and fields."""
    configure_logging(json_log())
    structlog.get_logger("engine.worker").info("painted", steps=3)
    (line,) = stderr.lines()
    line.pop("timestamp")
    expected = {"level": "info", "event": "painted", "logger": "engine.worker", "steps": 3}
    assert expected == line


def test_standard_logging_takes_the_same_way(stderr: Stderr) -> None:
    """A record of the standard library is formatted and rendered as ours are."""
    configure_logging(json_log())
    logging.getLogger("jobs.broker").warning("tried again in %d s", 5)
    (line,) = stderr.lines()
    assert ("warning", "tried again in 5 s") == (line["level"], line["event"])


@pytest.mark.parametrize("logger", [structlog.get_logger("a"), logging.getLogger("a")])
def test_the_job_is_in_each_line(stderr: Stderr, logger: Any) -> None:
    """What is bound as `job` is in lines of both kinds."""
    configure_logging(json_log())
    with structlog.contextvars.bound_contextvars(job="abc"):
        logger.info("step")
    assert ["abc"] == [line["job"] for line in stderr.lines()]


def test_the_level_holds(stderr: Stderr) -> None:
    """Lines below the level of the settings are left out."""
    configure_logging(json_log("warning"))
    structlog.get_logger("a").info("quiet")
    logging.getLogger("a").info("quiet")
    structlog.get_logger("a").warning("loud")
    assert ["loud"] == [line["event"] for line in stderr.lines()]


def test_a_secret_is_hidden_wherever_it_stands(stderr: Stderr) -> None:
    """A token is taken out of events, fields and tracebacks."""
    configure_logging(json_log(), [SecretStr("s3cret-token"), SecretStr("")])
    try:
        raise ValueError("s3cret-token")
    except ValueError:
        logging.getLogger("a").exception("with s3cret-token", extra={"url": "x:s3cret-token@y"})
    text = stderr.text()
    assert (False, True) == ("s3cret-token" in text, logs.HIDDEN in text)


def test_an_exception_is_in_its_line(stderr: Stderr) -> None:
    """A JSON line keeps the whole traceback in `exception`."""
    configure_logging(json_log())
    try:
        raise ValueError("why")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    (line,) = stderr.lines()
    assert "ValueError: why" == line["exception"].splitlines()[-1]


def test_what_json_cannot_say_becomes_text(stderr: Stderr) -> None:
    """A field of any type is written as its text."""
    configure_logging(json_log())
    structlog.get_logger("a").info("kept", secret=SecretStr("x"))
    assert "**********" == stderr.lines()[0]["secret"]


def test_auto_is_json_where_nobody_looks_on(stderr: Stderr) -> None:
    """Without a terminal `auto` writes JSON lines."""
    configure_logging(Log(level="info", format="auto"))
    structlog.get_logger("a").info("hello")
    assert "hello" == stderr.lines()[0]["event"]


def test_auto_is_readable_on_a_terminal(stderr: Stderr, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal `auto` writes a coloured line for people."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging(Log(level="info", format="auto"))
    structlog.get_logger("a").info("hello")
    text = stderr.text()
    assert (True, True, False) == ("hello" in text, "\x1b[" in text, text.startswith("{"))


def test_console_without_a_terminal_has_no_colours(stderr: Stderr) -> None:
    """A console log that goes into a file is plain text."""
    configure_logging(Log(level="info", format="console"))
    structlog.get_logger("a").info("hello")
    text = stderr.text()
    assert (True, False) == ("hello" in text, "\x1b[" in text)


def test_configuring_twice_writes_each_line_once(stderr: Stderr) -> None:
    """The last configuration replaces the one before."""
    configure_logging(json_log())
    configure_logging(json_log())
    logging.getLogger("a").info("once")
    assert ["once"] == [line["event"] for line in stderr.lines()]


def test_libraries_do_not_drown_ours(stderr: Stderr) -> None:
    """At level debug our debug lines are written and Pillow's are not."""
    configure_logging(json_log("debug"))
    logging.getLogger("PIL.PngImagePlugin").debug("STREAM IHDR")
    structlog.get_logger("a").debug("ours")
    assert ["ours"] == [line["event"] for line in stderr.lines()]


def test_warnings_become_lines(stderr: Stderr) -> None:
    """A Python warning is a line of the log."""
    configure_logging(json_log())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # As an interpreter outside of pytest would show it.
        logging.captureWarnings(True)
        warnings.warn("old", UserWarning, stacklevel=1)
    assert ["py.warnings"] == [line["logger"] for line in stderr.lines()]
