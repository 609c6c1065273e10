"""Logging: one stream of lines on stderr, for people on a terminal and as JSON elsewhere."""

import logging
import sys
from collections.abc import Iterable

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from config.settings import Log

HIDDEN = "[hidden]"
_CHATTY = ("PIL", "asyncio", "nats", "discord", "aiosqlite", "sqlalchemy")
"""Libraries whose lines, short of warnings, would drown ours; some hold what people wrote."""


def configure_logging(log: Log, secrets: Iterable[SecretStr] = ()) -> None:
    """Send structlog's and the standard library's records to stderr, one line each.

    What `structlog.contextvars` binds (the job's id, as `job`) is in each line. A value of
    `secrets` never is, whoever logs it. Doing it again replaces what was there.
    """
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
    handler.setFormatter(_Discreet(shared, _renderers(log), secrets))
    logging.basicConfig(handlers=[handler], level=log.level.upper(), force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(True)


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """Renders a record, then takes every secret out of the line."""

    def __init__(
        self, shared: list[Processor], renderers: list[Processor], secrets: Iterable[SecretStr]
    ) -> None:
        remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(foreign_pre_chain=shared, processors=[remove, *renderers])
        self._secrets = [text for secret in secrets if (text := secret.get_secret_value())]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return line


def _renderers(log: Log) -> list[Processor]:
    terminal = sys.stderr.isatty()
    if log.format == "console" or (log.format == "auto" and terminal):
        return [structlog.dev.ConsoleRenderer(colors=terminal)]
    return [
        structlog.processors.format_exc_info,
        _event_first,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _event_first(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Order the keys as one reads them: when, how grave, what, then the rest."""
    first = ("timestamp", "level", "event", "logger", "job")
    return {key: event[key] for key in first if key in event} | dict(event)
