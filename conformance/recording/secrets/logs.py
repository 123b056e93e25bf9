"""Guards the logs while recording: an SDK that logs requests and responses logs secrets too."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.recording.secrets.encodings import Find

_OWN = ("conformance", "provider")


@contextmanager
def guarded_logs(find: Find, *, quiet: bool = False) -> Iterator[None]:
    """Replace the text of each log record in which ``find`` finds a secret.

    Args:
        find: finds a secret.
        quiet: whether other loggers than the project's own show nothing below a warning: they log headers,
            and a cookie is logged before the recorder knows it.
    """
    make = logging.getLogRecordFactory()

    def record(*arguments: Any, **named: Any) -> logging.LogRecord:
        made = make(*arguments, **named)
        if quiet and made.levelno < logging.WARNING and made.name.partition(".")[0] not in _OWN:
            _silence(made, "not shown while recording")
        elif found := find(_words(made)):
            _silence(made, f"not shown because it contains {found}")
        return made

    logging.setLogRecordFactory(record)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


def _silence(record: logging.LogRecord, words: str) -> None:
    record.msg, record.args = words, ()
    record.exc_info = record.exc_text = record.stack_info = None


def _words(record: logging.LogRecord) -> str:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # the arguments do not fit: logging reports that later, with all of them
        message = f"{record.msg} {record.args!r}"
    error = record.exc_info[1] if record.exc_info else None
    trace = "".join(traceback.format_exception(error)) if error is not None else ""
    return f"{message}\n{trace}\n{record.stack_info or ''}"
