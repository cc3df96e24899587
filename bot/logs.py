"""Structured logs: events with job ids; never a token, never what somebody sang or wrote."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# A Telegram token stands in every URL of its API; a Discord one in headers and interaction webhooks.
_SECRETS = re.compile(
    r"\d{6,12}:[A-Za-z0-9_-]{30,}|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}|(?<=/webhooks/)(\d+)/[\w.-]+"
)


def redact(text: str) -> str:
    """The text with everything that looks like a token blotted out."""
    return _SECRETS.sub("[token]", text)


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redact(value)
    return event


def set_up_logs(style: str = "console", level: str = "INFO") -> None:
    """Send structlog's and the libraries' records to stderr, as lines for people or as JSON."""
    renderer = (structlog.processors.JSONRenderer() if style == "json"
                else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback))
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if style == "json" else structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared,
                    structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_event, renderer],
    )
    handler.setFormatter(_Redacting(formatter))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # httpx writes every URL, and with it the token, at INFO.
    for name in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Redacting(logging.Formatter):
    """Runs last, so that tokens inside tracebacks go too."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))
