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
    secrets, structured = logs._secrets.copy(), structlog.get_config()
    yield Stderr(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logs._secrets.clear()
    logs._secrets.update(secrets)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.configure(**structured)


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


SECRETS = {
    "interaction": "https://discord.com/api/v10/interactions/123/aW50ZXJ-SECRET_x/callback?a=1",
    "webhook": "PATCH https://discord.com/api/v10/webhooks/77/SECRET.x-y_z/messages/@original",
    "webhook alone": "('/webhooks/77/SECRET')",
    "user and password": "nats://bot:SECRET@queue:4222, nats://bot:SECRET@other:4222",
    "token in a url": "tls://SECRET@queue:4222",
    "query": "GET /gateway?v=10&token=SECRET&encoding=json",
    "header": "{'Authorization': 'Bot SECRET', 'X': 1}",
    "bot token": "MTk4NjIyNDgzNDcxOTI1MjQ4.SECRET.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("style", ["json", "console"])
def test_secrets_by_their_place(stderr: Stderr, text: str, style: str) -> None:
    """A token that nobody named is hidden in events, fields and tracebacks."""
    configure_logging(Log.model_validate({"level": "info", "format": style}))
    local = text
    try:
        try:
            raise OSError(local)
        except OSError as error:
            raise ValueError(f"while {local}") from error
    except ValueError:
        logging.getLogger("a").exception("with %s", local, extra={"url": local})
        structlog.get_logger("a").error("event", url=local, exc_info=True)
    written = stderr.text()
    assert (False, True) == ("SECRET" in written, logs.HIDDEN in written)


def test_the_rest_of_a_line_stays(stderr: Stderr) -> None:
    """What is hidden takes nothing with it, and the line stays JSON."""
    configure_logging(json_log())
    url = "https://discord.com/api/v10/webhooks/77/secret/messages/@original?wait=true"
    logging.getLogger("a").warning('"PATCH %s" responded with 429 for <@5>', url)
    [line] = stderr.lines()
    told = url.replace("secret", logs.HIDDEN)
    assert f'"PATCH {told}" responded with 429 for <@5>' == line["event"]


def test_local_variables_are_not_written(stderr: Stderr) -> None:
    """A traceback on a terminal shows no values of variables, which may be anything."""
    configure_logging(Log(level="info", format="console"))
    variable = "".join(["mine", "alone"])
    try:
        raise ValueError(len(variable))
    except ValueError:
        structlog.get_logger("a").exception("failed")
    written = stderr.text()
    assert (False, True) == ("minealone" in written, "ValueError: 9" in written)


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_that_is_learnt_later(stderr: Stderr, style: str) -> None:
    """A secret that becomes known is hidden from then on, however it is quoted."""
    configure_logging(Log.model_validate({"level": "info", "format": style}))
    secret = 'a"b/c\\d'
    logs.hide(SecretStr(secret))
    structlog.get_logger("a").info(f"as {secret}", url="x?y=a%22b%2Fc%5Cd")
    written = stderr.text()
    assert [False] * 3 == [each in written for each in (secret, 'a\\"b', "a%22b")]
