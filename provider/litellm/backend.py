"""The backend for a hundred providers, chosen by model string, through litellm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provider.chat.attachments import UNIVERSAL_IMAGE_TYPES
from provider.chat.backend import ChatLLM
from provider.chat.call_ids import ANTHROPIC
from provider.chat.capabilities import known_context_size
from provider.errors import LLMProviderError
from provider.http.addresses import checked_url, is_local, provider_name
from provider.http.environment import environment_credentials
from provider.http.given import GivenByCaller
from provider.http.progress import MAX_BYTES
from provider.litellm.credentials import KEYED, NO_KEY, SIGNED, without_no_key
from provider.litellm.exchange import CapturedExchange, capturing, without_lookups
from provider.litellm.failures import failure_of
from provider.litellm.importing import imported_litellm
from provider.litellm.media import hosts_of, media_of
from provider.litellm.parameters import check_dropped, dropped_parameters, kept_parameters
from provider.litellm.route import Given
from provider.litellm.routes import route_of

if TYPE_CHECKING:
    import httpx

    from provider.chat.streams import Chunks


class LiteLLM(ChatLLM):
    """A model behind ``litellm.completion``, chosen by its model string.

    A chat completion is decoded from its bytes. Of other answers litellm
    decodes the text; the finish reason, the token counts and the errors are
    read from the bytes (``provider.litellm.routes``).

    Args:
        model_name: route and model, e.g. ``anthropic/claude-sonnet-4-6``; the route may be left out where
            litellm knows it, e.g. ``gpt-4o``.
        api_key: the key, or its variable's name; None lets litellm find the provider's in the environment, of
            which nothing is sent where ``base_url`` names another server.
        base_url: another server's URL, in the form that the route expects; nothing is added to its path, so
            that of an ``openai/`` server mostly ends with ``/v1``.
        timeout: seconds that each wait may take, also for all of a whole answer, or between two events.
        max_retries: how often a request is sent again after a retryable failure.
        total_timeout: seconds that a whole call may take, with its retries; None for no limit.
        max_bytes: how much a whole answer, or one event of a stream, may have.
        options: further arguments of the route, e.g. ``api_version``, or ``vertex_project`` and
            ``vertex_credentials`` (the JSON of a service account; ``vertex_ai/`` needs the extra ``vertex``).
    """

    def __init__(
        self,
        model_name: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        total_timeout: float | None = None,
        max_bytes: int = MAX_BYTES,
        **options: Any,
    ) -> None:
        super().__init__(
            model_name,
            api_key,
            base_url,
            timeout=timeout,
            max_retries=max_retries,
            total_timeout=total_timeout,
            max_bytes=max_bytes,
        )
        self.context_size = known_context_size(model_name)
        self._options = options
        self._route = route_of(model_name)
        self._route_name = model_name.partition("/")[0]
        self._litellm: Any = None
        self._http: httpx.Client | None = None
        self._client: Any = None
        self._sent_key: str | None = None
        self._dropped: frozenset[str] = frozenset()
        self._kept: list[str] = []

    @override
    def connect(self) -> None:
        self._litellm = imported_litellm()
        routed = self._routed_name()
        self._route = route_of(routed)
        self._route.check(Given(self.api_key, self.base_url, self._options))
        from provider.litellm.clients import RouteClient, azure_sdk, openai_sdk, serve_handlers_without_client
        from provider.litellm.native_streams import stream_unknown_models
        from provider.litellm.records import spare_unheard_records
        from provider.litellm.transport import capturing_client

        serve_handlers_without_client()
        spare_unheard_records()
        stream_unknown_models()
        route, _, model = routed.partition("/")
        self._route_name = route
        if route == "ollama":  # litellm itself converts other images, to JPEG
            self.image_types = UNIVERSAL_IMAGE_TYPES
        is_claude = route == "anthropic" or "claude" in model
        self.id_form = ANTHROPIC if is_claude else self._route.id_form
        # On these routes litellm omits a null content, and some servers refuse a message without one.
        self.empty_content = "" if route in ("openai", "azure") else None
        if self.base_url:
            self.base_url = checked_url(self.base_url)
        given = self.given_by_caller()
        http = self._http = capturing_client(self.base_url, self.timeout, self.max_bytes, given)
        http.event_hooks = {"request": [without_no_key]}
        self._sent_key = self.api_key
        if self.base_url and not self.api_key and route in KEYED:
            # Without one litellm would send the provider's key from the environment to any server.
            self._sent_key = NO_KEY
        if route == "azure":
            version = self._options.get("api_version")
            self._client = azure_sdk(self.base_url, self.api_key, version, **self._sdk_options(http))
        else:
            self._client = RouteClient(
                http,
                lambda: openai_sdk(
                    self._litellm, routed, self.base_url, self._sent_key, **self._sdk_options(http)
                ),
            )
        with without_lookups():
            dropped = dropped_parameters(self._litellm, route, model)
            self._kept = kept_parameters(self._litellm, route, model, dropped)
        self._dropped = dropped.difference(self._kept, self._route.known_parameters)

    @override
    def demands_key(self) -> bool:
        """Whether the route demands a key; litellm knows the address of most routes."""
        self._litellm = imported_litellm()
        # Of Ollama's two routes litellm knows the address of one.
        routed = self._routed_name().replace("ollama_chat/", "ollama/", 1)
        url = self.base_url or self._litellm.get_llm_provider(routed)[3]
        return routed.partition("/")[0] in SIGNED or not is_local(url)

    def _routed_name(self) -> str:
        """The model string with its route, looked up by litellm if it is missing."""
        if "/" in self.model_name:
            return self.model_name
        model, route, *_ = self._litellm.get_llm_provider(self.model_name)
        return f"{route}/{model}"

    def _sdk_options(self, http: httpx.Client) -> dict[str, Any]:
        return {"http_client": http, "max_retries": 0, "timeout": self.timeout}

    @override
    def given_by_caller(self) -> GivenByCaller | None:
        if not self.base_url:
            return None
        others = {"model": self.model_name, "url": self.base_url, **self._options}
        settings = vars(self._litellm) if self._litellm else {}
        return GivenByCaller(self.api_key, others, login=self._login, settings=settings)

    @property
    @override
    def provider(self) -> str:
        return provider_name(self._route_name, self.base_url)

    @override
    def build_request(self, messages: Any, attachments: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """The body to send; logs the parameters that litellm will drop silently.

        Raises:
            LLMProviderError: ``bad_request`` for a demand that it would drop.
        """
        request = super().build_request(messages, attachments, options)
        check_dropped(self.model_name, sorted(self._dropped & request.keys()))
        return request

    @override
    def disconnect(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = self._client = None

    @override
    def send(self, request: dict[str, Any]) -> Any:
        exchange = self._exchange_for(request)
        answer = None
        try:
            with self._classified(exchange), capturing(exchange):
                answer = self._complete(request)
        except LLMProviderError:
            if not (exchange.is_answered and self._route.decodes(exchange)):
                raise
        return self._route.completion(answer, exchange)

    @override
    def open_stream(self, request: dict[str, Any]) -> Chunks:
        exchange = self._exchange_for(request, stream=True, frames=self._route.frames)
        with self._classified(exchange), capturing(exchange):
            wrapper = self._complete({"stream_options": {"include_usage": True}, **request})
            if hasattr(wrapper, "fetch_sync_stream"):
                # Otherwise Gemini's request would be sent at the first chunk: not captured and not retried.
                wrapper.fetch_sync_stream()
            return self._route.chunks(wrapper, exchange)

    def _exchange_for(self, request: Mapping[str, Any], **form: bool) -> CapturedExchange:
        return CapturedExchange(
            self._client,
            timeout=request.get("timeout", self.timeout),
            is_server_named=self.base_url is not None,
            media=list(media_of(request["messages"])),
            hosts=hosts_of(request["messages"]),
            route=self._route_name,
            chat_paths=self._route.chat_paths,
            arguments=request,
            **form,
        )

    def _complete(self, request: dict[str, Any]) -> Any:
        client = self._client
        if client is None:  # unloaded meanwhile: without it litellm would make its own
            raise self.not_loaded_error()
        return self._litellm.completion(
            **{
                "client": client,
                "api_key": self._sent_key,
                "api_base": self.base_url,
                "timeout": self.timeout,
                "num_retries": 0,
                "allowed_openai_params": self._kept,
                **self._route.options(Given(self.api_key, self.base_url, self._options, request)),
                **self._options,
                **self._route.request(request),
                "drop_params": True,
            }
        )

    @override
    def secrets(self) -> list[str]:
        """The key, else those in the environment, of which litellm uses one."""
        return super().secrets() or environment_credentials()

    @contextmanager
    def _classified(self, exchange: CapturedExchange) -> Iterator[None]:
        try:
            yield
        except LLMProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - litellm raises its own, openai's and httpx's
            raise failure_of(error, exchange) from None
