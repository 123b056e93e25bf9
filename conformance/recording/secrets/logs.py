"""Guards the logs: an SDK that logs requests and responses logs secrets too, and the words of a server."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.printable import printable
from conformance.recording.secrets.encodings import Find

_OWN = ("conformance", "provider")


@contextmanager
def guarded_logs(find: Find = lambda _: "", *, quiet: bool = False) -> Iterator[None]:
    """Replace the text of each log record in which ``find`` finds a secret; escape what drives a terminal.

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
        else:
            message, trace = _words(made)
            if found := find(f"{message}\n{trace}\n{made.stack_info or ''}"):
                _silence(made, f"not shown because it contains {found}")
            elif printable(message + trace) != message + trace:
                made.msg, made.args, made.exc_text = printable(message), (), printable(trace)
        return made

    logging.setLogRecordFactory(record)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


def _silence(record: logging.LogRecord, words: str) -> None:
    record.msg, record.args = words, ()
    record.exc_info = record.exc_text = record.stack_info = None


def _words(record: logging.LogRecord) -> tuple[str, str]:
    """The message of a record, and its traceback."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # the arguments do not fit: logging reports that later, with all of them
        message = f"{record.msg} {record.args!r}"
    error = record.exc_info[1] if record.exc_info else None
    return message, "".join(traceback.format_exception(error)).strip() if error is not None else ""
