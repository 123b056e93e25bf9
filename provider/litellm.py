"""A hundred providers by model string, through litellm."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from provider.addresses import checked_key, checked_url, with_version
from provider.capabilities import known_context_size
from provider.chat import ChatLLM
from provider.classify import classify
from provider.completions import interrupted, malformed, raise_in_band_error
from provider.errors import LLMProviderError
from provider.evidence import retry_after
from provider.messages import refused
from provider.observation import Observation, observing

if TYPE_CHECKING:
    import httpx

_IMPORTING = threading.Lock()

_QUIET_IMPORT = {
    # Without these, importing litellm fetches a price list and reads the nearest .env file.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}


class LiteLLM(ChatLLM):
    """A model behind ``litellm.completion``, chosen by its model string.

    litellm is watched: what it invents for a cut stream (a finish reason, a
    usage) is not passed on, and what it loses of an error is read from the
    wire.

    Args:
        model_name: route and model, e.g. ``anthropic/claude-sonnet-4-6``.
        api_key: the key; None leaves it to litellm to find one in the environment.
        base_url: another server's URL, in the form that the route wants.
        timeout: seconds that each wait may take, also between two events of a stream.
        max_retries: how often a request is sent again after a failure that may pass.
        options: what else the route needs, e.g. ``vertex_project`` or ``api_version``.
    """

    def __init__(
        self,
        model_name: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        **options: Any,
    ) -> None:
        super().__init__(model_name, api_key, base_url, timeout=timeout, max_retries=max_retries)
        self.context_size = known_context_size(model_name)
        self._options = options
        self._litellm: Any = None
        self._http: httpx.Client | None = None
        self._client: Any = None

    def _connect(self) -> None:
        self._litellm = imported_litellm()
        from provider.transport import http_client

        route = self.model_name.partition("/")[0]
        if self.base_url:
            self.base_url = with_version(self.base_url) if route == "openai" else checked_url(self.base_url)
        self._api_key = checked_key(self._given_key)
        self._http = http_client(self.base_url, self.timeout)
        self._client = self._client_for(route, self._http)

    def _client_for(self, route: str, http: httpx.Client) -> Any:
        """The kind of client that litellm takes for a route, over our own transport."""
        if route not in ("openai", "azure"):
            from litellm.llms.custom_httpx.http_handler import HTTPHandler

            return HTTPHandler(client=http)
        import openai

        common: dict[str, Any] = {"http_client": http, "max_retries": 0, "timeout": self.timeout}
        if route == "openai":
            return openai.OpenAI(api_key=self._api_key or "none", base_url=self.base_url, **common)
        if not self.base_url:
            raise refused("azure/ needs base_url, the endpoint of the resource")
        version = self._options.get("api_version", "2024-10-21")
        return openai.AzureOpenAI(
            api_key=self._api_key or "none", azure_endpoint=self.base_url, api_version=version, **common
        )

    def _disconnect(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = self._client = None

    def _send(self, request: dict[str, Any]) -> Any:
        seen = Observation()
        with self._explained(seen), observing(seen):
            return self._complete(request).model_dump()

    def _open(self, request: dict[str, Any]) -> LiteLLMChunks:
        seen = Observation(stream=True)
        body = {"stream_options": {"include_usage": True}, **request}
        with self._explained(seen), observing(seen):
            wrapper = self._complete(body)
            if hasattr(wrapper, "fetch_sync_stream"):
                # Gemini's request would else be sent at the first chunk, seen by nobody and tried once.
                wrapper.fetch_sync_stream()
            return LiteLLMChunks(wrapper, seen)

    def _complete(self, request: dict[str, Any]) -> Any:
        client = self._client
        if client is None:  # unloaded meanwhile: without it litellm would make its own
            raise self._not_loaded()
        return self._litellm.completion(
            **{
                "drop_params": True,
                "api_key": self._api_key,
                "api_base": self.base_url,
                "client": client,
                "timeout": self.timeout,
                "num_retries": 0,
                "max_retries": 0,
                **self._options,
                **request,
            }
        )

    @contextmanager
    def _explained(self, seen: Observation) -> Iterator[None]:
        try:
            yield
        except LLMProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - litellm raises its own, openai's and httpx's
            raise failure_of(error, seen) from None


class LiteLLMChunks:
    """The chunks that litellm makes, corrected by what was really received."""

    def __init__(self, wrapper: Any, seen: Observation) -> None:
        # It ends a stream after a hundred equal chunks as a broken model (BerriAI/litellm#5158); an answer
        # may well repeat itself, and whether it goes on is the caller's to decide.
        wrapper.raise_on_model_repetition = lambda: None
        self._wrapper = wrapper
        self._seen = seen

    @property
    def terminated(self) -> bool:
        """Whether the wire said that the answer is complete."""
        return self._seen.complete or not self._seen.is_stream

    def __iter__(self) -> Iterator[Any]:
        empty = True
        try:
            for chunk in self._wrapper:
                said = self._corrected(chunk.model_dump())
                empty = empty and not _says_something(said)
                if not (empty and self._seen.is_whole):
                    yield said
        except Exception as error:  # noqa: BLE001 - litellm raises its own, openai's and httpx's
            raise failure_of(error, self._seen) from None
        self._seen.end()
        if self._seen.error is not None:
            raise classify(None, self._seen.error)
        if self._seen.is_stream and not self._seen.complete:
            raise interrupted()
        if self._seen.is_whole and empty:
            raise unreadable(self._seen.body, "a stream was asked for")

    def _corrected(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """Without the finish reason and the token counts that litellm invents where none came."""
        if not self._seen.is_stream:
            return chunk
        real = self._seen.counted
        if not self._seen.complete:
            real = real - {"completion_tokens"}  # Anthropic begins with a count that is not the last
            for choice in chunk.get("choices", []):
                choice["finish_reason"] = None
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            for count in {"prompt_tokens", "completion_tokens"} - real:
                usage.pop(count, None)
        return chunk

    def close(self) -> None:
        """Free the connection: litellm's wrapper has no close for most routes."""
        self._seen.close()


def failure_of(error: Exception, seen: Observation) -> LLMProviderError:
    """What went wrong: the wire's own words first, litellm's exception where there are none."""
    if seen.exception is not None:
        return classify(None, None, seen.exception)
    if seen.error is not None:
        return classify(None, seen.error)
    if seen.status is not None and seen.status >= 400:
        failure = classify(seen.status, seen.body, error)
        failure.retry_after = retry_after(seen.headers.get("retry-after"))
        return failure
    if seen.status is not None:
        return unreadable(seen.body, str(error))
    status = getattr(error, "status_code", None) or 0
    # Of a request that was never sent litellm knows what it refused; its 500 is a guess.
    return classify(status if not seen.sent and status < 500 else None, getattr(error, "body", None), error)


def _says_something(chunk: dict[str, Any]) -> bool:
    """Whether a chunk holds more than litellm's own frame."""
    fields = ("content", "tool_calls", "reasoning_content", "refusal")
    deltas = [choice.get("delta") or {} for choice in chunk.get("choices", [])]
    return any(delta.get(field) for delta in deltas for field in fields)


def unreadable(body: bytes, why: str) -> LLMProviderError:
    """The failure of a 200 that litellm could not read."""
    text = body.decode("utf-8", "replace")
    try:
        raise_in_band_error(json.loads(text))
    except LLMProviderError as failure:
        return failure
    except ValueError:
        pass
    return malformed("the answer is no chat completion", text or why)


def imported_litellm() -> Any:
    """Import litellm without its start-up fetch, leaving the environment as it was.

    Raises:
        LLMProviderError: it is not installed; the message says how to install it.
    """
    with _IMPORTING:
        before = dict(os.environ)
        os.environ.update(_QUIET_IMPORT)
        try:
            import litellm
        except ImportError as error:
            raise refused(f"litellm is not installed ({error}): pip install 'litellm>=1.95,<1.101'") from None
        finally:
            _restore_environment(before)
    litellm.suppress_debug_info = True
    return litellm


def _restore_environment(before: dict[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
