"""Logging for every stage: one line an event, to standard error, without personal fields."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import structlog

# Never in a log line: fields that could set a person beside a choice (contracts.md, Secrecy).
_NEVER_LOGGED = frozenset({"voter_key", "elector_no", "candidate_id", "password", "secret"})


def _drop_secret_fields(
    _logger: Any, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    for name in _NEVER_LOGGED & event.keys():
        event[name] = "<withheld>"
    return event


def configure_logging(stage: str, *, level: str | None = None) -> None:
    """Set up logging once, in an entry point; the stage's name is on each line."""
    chosen = (level or os.environ.get("LOG_LEVEL") or "INFO").upper()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _drop_secret_fields,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(chosen)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(stage=stage)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def get_logger() -> Any:
    """Return the process's structured logger."""
    return structlog.get_logger()
