"""Logging: one stream of lines on stderr, for people on a terminal and as JSON elsewhere."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from urllib.parse import quote

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from config.settings import Log

HIDDEN = "[hidden]"
_CHATTY = ("PIL", "asyncio", "nats", "discord", "aiosqlite", "sqlalchemy")
"""Libraries whose lines, short of warnings, would drown ours; some hold what people wrote."""

_UNKNOWN_SECRETS = (
    # Discord's tokens of interactions and webhooks, which stand in the paths of its REST API
    re.compile(r"(\b(?:interactions|webhooks)/\d+/)[^/\s\"'\\?#)>]+"),
    # nats://user:password@host, nats://token@host
    re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s\"'\\@]+(?=@)", re.IGNORECASE),
    re.compile(r"([?&](?:\w*token|password|pass)=)[^&\s\"'\\]+", re.IGNORECASE),
    re.compile(r"(\bauthorization[\"'\\]*[:=]\s*[\"'\\]*(?:\w+ )?)[^\s\"'\\,}]+", re.IGNORECASE),
    # A bot's token: its id, a time and a signature
    re.compile(r"()\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}\b"),
)
"""What is secret by its place; the first group stays."""
_secrets: set[str] = set()


def hide(*secrets: SecretStr) -> None:
    """Take these values out of every line of this process from now on."""
    for text in filter(None, (secret.get_secret_value() for secret in secrets)):
        # As JSON and URLs write it, too.
        _secrets.update((text, json.dumps(text, ensure_ascii=False)[1:-1], quote(text, safe="")))


def redacted(line: str) -> str:
    """`line` without secrets: those that are known by value, and what has the place of one."""
    # The longest first: another may be a part of it.
    for secret in sorted(_secrets, key=len, reverse=True):
        line = line.replace(secret, HIDDEN)
    for pattern in _UNKNOWN_SECRETS:
        line = pattern.sub(rf"\1{HIDDEN}", line)
    return line


def configure_logging(log: Log, secrets: Iterable[SecretStr] = ()) -> None:
    """Send structlog's and the standard library's records to stderr, one line each.

    What `structlog.contextvars` binds (the job's id, as `job`) is in each line. A value of
    `secrets` never is, nor a token of Discord's in a path or a password in a URL, whoever logs it.
    Doing it again replaces what was there, but for `secrets`, which stay hidden.
    """
    hide(*secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # A logger made at import must see a later configuration.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet(shared, _renderers(log)))
    logging.basicConfig(handlers=[handler], level=log.level.upper(), force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(True)


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """Renders a record, then takes every secret out of the line."""

    def __init__(self, shared: list[Processor], renderers: list[Processor]) -> None:
        remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(foreign_pre_chain=shared, processors=[remove, *renderers])

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _renderers(log: Log) -> list[Processor]:
    terminal = sys.stderr.isatty()
    if log.format == "console" or (log.format == "auto" and terminal):
        # Where rich is installed the default shows local variables, and tokens are among them.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=plain)]
    return [
        structlog.processors.format_exc_info,
        _event_first,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _event_first(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Order the keys as one reads them: when, how grave, what, then the rest."""
    first = ("timestamp", "level", "event", "logger", "job")
    return {key: event[key] for key in first if key in event} | dict(event)
