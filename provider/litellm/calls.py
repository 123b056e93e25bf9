"""The calls of LiteLLM, written once for synchronous and asynchronous ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from typing_extensions import override

from provider.chat.attachments import UNIVERSAL_IMAGE_TYPES
from provider.chat.call_ids import ANTHROPIC
from provider.chat.capabilities import known_context_size
from provider.chat.chat_calls import ChatCalls, Undecoded
from provider.errors import LLMProviderError
from provider.http.addresses import checked_url, is_local, provider_name
from provider.http.environment import environment_credentials
from provider.http.given import GivenByCaller
from provider.http.progress import MAX_BYTES
from provider.litellm.credentials import KEYED, NO_KEY, SIGNED
from provider.litellm.exchange import CapturedExchange, capturing, without_lookups
from provider.litellm.failures import failure_of
from provider.litellm.importing import imported_litellm
from provider.litellm.media import hosts_of, media_of
from provider.litellm.parameters import check_dropped, dropped_parameters, kept_parameters
from provider.litellm.route import Given
from provider.litellm.routes import route_of

T = TypeVar("T")


class LiteLLMCalls(ChatCalls):
    """What LiteLLM and AsyncLiteLLM share: all but the waiting."""

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
        self._client: Any = None
        self._client_in_threads: Any = None
        self._sent_key: str | None = None
        self._dropped: frozenset[str] = frozenset()
        self._kept: list[str] = []

    def prepare(self) -> None:
        """Import litellm, look the route up, and put our clients where its handlers find them."""
        self._litellm = imported_litellm()
        routed = self._routed_name()
        self._route = route_of(routed)
        self._route.check(Given(self.api_key, self.base_url, self._options))
        from provider.litellm.native_streams import stream_unknown_models
        from provider.litellm.records import spare_unheard_records

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
        self._sent_key = self.api_key
        if self.base_url and not self.api_key and route in KEYED:
            # Without one litellm would send the provider's key from the environment to any server.
            self._sent_key = NO_KEY
        with without_lookups():
            dropped = dropped_parameters(self._litellm, route, model)
            self._kept = kept_parameters(self._litellm, route, model, dropped)
        self._dropped = dropped.difference(self._kept, self._route.known_parameters)

    def new_http(self, make: Callable[..., T]) -> T:
        """An HTTP client that captures, of either face."""
        return make(self.base_url, self.timeout, self.max_bytes, self.given_by_caller())

    def new_sdk(self, make: Callable[..., T], http: Any) -> T:
        """A client of the OpenAI SDK's that sends through ``http``; of Azure's where the route is Azure's."""
        from provider.litellm.clients import azure_sdk, openai_sdk

        options = {"http_client": http, "max_retries": 0, "timeout": self.timeout}
        if self.is_azure:
            version = self._options.get("api_version")
            return azure_sdk(make, self.base_url, self.api_key, version, **options)
        return openai_sdk(make, self._litellm, self._routed_name(), self.base_url, self._sent_key, **options)

    @property
    def is_azure(self) -> bool:
        """Whether the route is Azure's, for which litellm demands another client."""
        return self._route_name == "azure"

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

    def exchange_for(self, request: Mapping[str, Any], **form: Any) -> CapturedExchange:
        """What captures the exchange of a request."""
        return CapturedExchange(
            self._client,
            client_in_threads=self._client_in_threads,
            timeout=request.get("timeout", self.timeout),
            is_server_named=self.base_url is not None,
            media=list(media_of(request["messages"])),
            hosts=hosts_of(request["messages"]),
            route=self._route_name,
            chat_paths=self._route.chat_paths,
            arguments=request,
            **form,
        )

    def streamed(self, request: dict[str, Any]) -> dict[str, Any]:
        """A request for a stream that tells the token counts."""
        return {"stream_options": {"include_usage": True}, **request}

    def arguments_of(self, request: dict[str, Any]) -> dict[str, Any]:
        """litellm's arguments for a request.

        Raises:
            LLMProviderError: ``not_loaded``.
        """
        client = self._client
        if client is None:  # unloaded meanwhile: without it litellm would make its own
            raise self.not_loaded_error()
        return {
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

    @override
    def secrets(self) -> list[str]:
        """The key, else those in the environment, of which litellm uses one."""
        return super().secrets() or environment_credentials()

    @contextmanager
    def sending(self, exchange: CapturedExchange) -> Iterator[None]:
        """Send the request inside: its exchange is captured, and its failure classified."""
        try:
            with capturing(exchange):
                yield
        except LLMProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - litellm raises its own, openai's and httpx's
            raise failure_of(error, exchange) from None
        except BaseException:
            exchange.leave()
            raise

    def received(self, answer: Any, exchange: CapturedExchange) -> Undecoded:
        """What was received; ``answer`` is what litellm made of it, None where it failed."""
        return Undecoded(len(exchange.body.document), partial(self._route.completion, answer, exchange))

    def decodes_failed(self, exchange: CapturedExchange) -> bool:
        """Whether an answer that litellm failed at is decoded from its bytes."""
        return exchange.is_answered and self._route.decodes(exchange)
