"""A backend that holds a client: its key, its loading and unloading, and the errors of its SDK."""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from typing_extensions import override

from provider.base import BaseLLM, LLMAttributes
from provider.chat.capabilities import known_capabilities
from provider.chat.faces import Face, Synchronous, stepped
from provider.errors import ErrorKind, LLMProviderError, malformed
from provider.failures.classify import classify_raised
from provider.failures.exceptions import message_of
from provider.http.addresses import (
    checked_key,
    is_local,
    masked,
    provider_name,
    unset_variable,
    without_login,
)
from provider.http.given import GivenByCaller
from provider.http.progress import MAX_BYTES

logger = logging.getLogger(__name__)

_NO_KEY_SENT = (
    "; no key was sent, for one of the environment goes to the server of base_url only where api_key names "
    'its variable, as in api_key="OPENAI_API_KEY"'
)


class Client(LLMAttributes, ABC):
    """What makes a client at ``load`` and closes it at ``unload``, in either face.

    Args:
        model_name: the model, as the provider calls it.
        api_key: the key, or the name of the environment variable that holds it; None for no key.
        base_url: the provider's URL; None for the SDK's own default. A login in it is taken out.
        timeout: seconds that each wait may take: to connect, for the head of an answer, for the rest of a
            whole one, and for each event of a stream.
        max_retries: how often a request is sent again after a retryable failure.
        total_timeout: seconds that a whole call may take, with its retries; None for no limit.
        max_bytes: how much a whole answer, or one event of a stream, may have.

    Attributes:
        loaded: as in the contract. A test may set it in place of ``load``: the first call then connects.
        api_key: the key to send, None for no key; set before ``connect`` is called.
        given_ids: the latest unusual ids of tool calls that the provider has given, which it also takes back.
    """

    face: Face
    """How it waits."""

    decoding_errors: tuple[type[Exception], ...] = ()
    """The exceptions that an SDK raises for an answer it cannot read; reported as ``malformed_response``."""

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
    ) -> None:
        super().__init__(model_name)
        self.base_url, self._login = without_login(base_url)
        self.timeout = timeout
        self.max_retries = max_retries
        self.total_timeout = total_timeout
        self.max_bytes = max_bytes
        self.api_key: str | None = None
        self.capabilities.update(known_capabilities(model_name))
        self.given_ids: deque[str] = deque(maxlen=1000)
        self._given_key = api_key
        self._is_new = True
        self._lifecycle = self.face.new_lock()

    @abstractmethod
    def connect(self) -> Any:
        """Make the client. A coroutine where the backend is asynchronous."""

    @abstractmethod
    def disconnect(self) -> Any:
        """Close the client. Called by ``unload``, and by ``load`` where ``connect`` failed."""

    def demands_key(self) -> bool:
        """Whether nothing can be asked without a key: then ``load`` fails where its variable is not set."""
        return not is_local(self.base_url)

    def failure_from(self, error: Exception) -> LLMProviderError:
        """The contract's error for an exception of the SDK or of the transport."""
        if isinstance(error, self.decoding_errors):
            return malformed("the answer could not be read", message_of(error) or type(error).__name__)
        return classify_raised(error)

    @property
    def provider(self) -> str:
        """A name of the provider; what it sends beside an answer is sent back only to the same."""
        return provider_name(type(self).__name__, self.base_url)

    def secrets(self) -> list[str]:
        """The texts that are masked in every error message."""
        return [secret for secret in (self.api_key, self._login.rpartition(":")[2]) if secret]

    def given_by_caller(self) -> GivenByCaller | None:
        """What may be sent to the server that the caller has named; None where the SDK knows the server."""
        if not self.base_url:
            return None
        others = {"model": self.model_name, "url": self.base_url}
        return GivenByCaller(self.api_key, others, login=self._login)

    def not_loaded_error(self) -> LLMProviderError:
        """The failure of a call to a backend that is not loaded."""
        message = f"{self.model_name} is not loaded: call load() first"
        return LLMProviderError(message, kind=ErrorKind.NOT_LOADED)

    @contextlib.contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Raise whatever an SDK raises inside as the contract's error, with the secrets masked."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - SDKs raise json's, httpx's and their own
            failure = error if isinstance(error, LLMProviderError) else self.failure_from(error)
            for secret in self.secrets():
                failure.message = masked(failure.message, secret)
            given = self.given_by_caller()
            if failure.status in (401, 403) and given is not None and not given.has_credentials:
                failure.message += _NO_KEY_SENT
            failure.args = (failure.message,)
            raise failure from None

    async def make_loaded(self) -> bool:
        """What ``load`` does."""
        async with self.face.held(self._lifecycle):
            if self.loaded:
                return True
            try:
                await self._connect()
            except LLMProviderError as failure:
                logger.error("%s cannot be loaded: %s", self.model_name, failure.message)
                return False
            self.loaded = True
            return True

    async def make_unloaded(self) -> None:
        """What ``unload`` does."""
        async with self.face.held(self._lifecycle):
            self.loaded = self._is_new = False
            await self.face.call(self.disconnect)

    async def make_connected(self) -> None:
        """Connect where ``loaded`` was set in place of ``load``.

        Raises:
            LLMProviderError: why there is no client.
        """
        if self.loaded and self._is_new:
            async with self.face.held(self._lifecycle):
                if self._is_new:
                    await self._connect()

    async def _connect(self) -> None:
        try:
            with self.translated_errors():
                self.api_key = await self.face.apart(self._key)  # it may import an SDK
                await self.face.call(self.connect)
        except LLMProviderError:
            await self.face.call(self.disconnect)
            raise
        self._is_new = False

    def _key(self) -> str | None:
        unset = unset_variable(self._given_key)
        if unset is None or self.demands_key():
            return checked_key(self._given_key)
        logger.warning("%s: no key is sent: the environment variable %s is not set", self.model_name, unset)
        return None

    def require_loaded(self) -> None:
        """Check that the backend is loaded.

        Raises:
            LLMProviderError: ``not_loaded``.
        """
        if not self.loaded:
            raise self.not_loaded_error()


class ClientLLM(Client, BaseLLM):
    """A synchronous backend that makes a client at ``load`` and closes it at ``unload``."""

    face = Synchronous()

    @cached_property
    def on_unload(self) -> contextlib.ExitStack:
        """Closes the client; what is registered here is called at ``unload``, the latest first."""
        return contextlib.ExitStack()

    @abstractmethod
    @override
    def connect(self) -> None:
        """Make the client, and register in ``on_unload`` how it is closed."""

    @override
    def disconnect(self) -> None:
        """Close the client. Called by ``unload``, and by ``load`` where ``connect`` failed."""
        self.on_unload.close()

    @override
    def load(self) -> bool:
        return stepped(self.make_loaded())

    @override
    def unload(self) -> None:
        """Close the client; a stream that is still open ends as ``interrupted``."""
        stepped(self.make_unloaded())
