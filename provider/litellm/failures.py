"""Classifies a failed call of litellm by what was received: litellm maps its errors wrongly."""

from __future__ import annotations

from provider.chat.decoding import raise_in_band_error
from provider.errors import ErrorKind, LLMProviderError, interrupted, malformed
from provider.failures.classify import classify
from provider.litellm.exchange import CapturedExchange

_FAULTS_OF_CODE = (AttributeError, TypeError, NameError, ImportError)
"""What is raised where litellm and this package do not fit together."""


def failure_of(error: Exception, exchange: CapturedExchange) -> LLMProviderError:
    """Classify a failure by what was received, or by litellm's exception where nothing was."""
    if isinstance(exchange.exception, LLMProviderError):
        return exchange.exception
    if exchange.exception is not None:
        return classify(None, None, exchange.exception)
    if exchange.body.error is not None:
        return classify(None, exchange.body.error)
    if exchange.status is not None and exchange.status >= 300:
        code = exchange.headers.get("x-amzn-errortype")
        return classify(exchange.status, exchange.body.document, code=code, headers=exchange.headers)
    if exchange.body.is_stream and exchange.ended and not exchange.body.ending.is_complete:
        return interrupted()  # of which litellm 1.110 makes a MidStreamFallbackError
    if exchange.status is not None:
        return unreadable(exchange, str(error))
    return classify(None, getattr(error, "body", None), error) if exchange.sent else _unsent(error)


def unreadable(exchange: CapturedExchange, reason: str) -> LLMProviderError:
    """The failure of a 200 that litellm could not decode."""
    try:
        raise_in_band_error(exchange.document)
    except LLMProviderError as failure:
        return failure
    text = exchange.body.document.decode("utf-8", "replace")
    return malformed("the answer is not a chat completion", text or reason)


def _unsent(error: Exception) -> LLMProviderError:
    """Classify why a request was not sent: litellm knows what it refused, but its 500 is a guess.

    It turns what google-auth and json raise into a connection error, whose cause is the real one.
    """
    origin = _origin(error)
    if isinstance(origin, LLMProviderError):
        return origin
    if isinstance(origin, _FAULTS_OF_CODE):
        text = f"litellm failed before it sent the request: {type(origin).__name__}: {origin}"
        return LLMProviderError(text, kind=ErrorKind.BAD_REQUEST)
    status = getattr(error, "status_code", None) or 0
    if status < 500:
        return classify(status, getattr(error, "body", None), error)
    cause = error.__cause__ or error.__context__
    failure = classify(None, None, cause or error)
    # An error without a cause is one that a test raises in place of litellm.
    if cause is not None and failure.kind in (ErrorKind.SERVER, ErrorKind.MALFORMED_RESPONSE):
        failure.kind = ErrorKind.BAD_REQUEST  # no server was there to fail or to answer
    return failure


def _origin(error: BaseException) -> BaseException:
    """The first exception in the chain that is not one of litellm's, which wraps all others."""
    while type(error).__module__.startswith("litellm.") and (cause := error.__cause__ or error.__context__):
        error = cause
    return error
