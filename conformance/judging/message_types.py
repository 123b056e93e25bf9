"""What Anthropic's messages are made of, field by field: https://platform.claude.com/docs/en/api/messages.

Types of this project and not of the anthropic SDK, which the suite does not need otherwise. Fields that only
some answers have are optional here; a field that the documentation does not name is unknown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Fields(BaseModel):
    model_config = ConfigDict(extra="allow")


class Text(_Fields):
    """A block of text."""

    type: Literal["text"]
    text: str
    citations: list[Any] | None = None


class Thinking(_Fields):
    """A block of reasoning; servers other than Anthropic's have no signature to give."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class ToolUse(_Fields):
    """A tool call; its input is an object, and not text."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: dict[str, Any]
    caller: dict[str, Any] | None = None


Block = Annotated[Text | Thinking | ToolUse, Field(discriminator="type")]
"""A block of the content; the questions that are asked lead to no other."""


class Usage(_Fields):
    """The tokens of a message."""

    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: dict[str, Any] | None = None
    service_tier: str | None = None
    server_tool_use: dict[str, Any] | None = None
    inference_geo: str | None = None
    output_tokens_details: dict[str, Any] | None = None


StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"]
"""Why a message ended."""


class Message(_Fields):
    """A whole answer."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[Block]
    stop_reason: StopReason
    stop_sequence: str | None
    usage: Usage
    container: Any = None
    context_management: Any = None
    stop_details: Any = None


class Begun(_Fields):
    """The message of the first event: it has no content yet, and no reason to end."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[Any]
    stop_reason: None
    stop_sequence: None
    usage: Usage
    container: Any = None
    context_management: Any = None
    stop_details: Any = None


class MessageStart(_Fields):
    """The first event of a stream."""

    type: Literal["message_start"]
    message: Begun


class BlockStart(_Fields):
    """The first event of a block."""

    type: Literal["content_block_start"]
    index: int
    content_block: Block


class TextDelta(_Fields):
    """More text."""

    type: Literal["text_delta"]
    text: str


class InputDelta(_Fields):
    """More of the input of a tool call, as a piece of JSON."""

    type: Literal["input_json_delta"]
    partial_json: str


class ThinkingDelta(_Fields):
    """More reasoning."""

    type: Literal["thinking_delta"]
    thinking: str
    estimated_tokens: int | None = None


class SignatureDelta(_Fields):
    """The signature of the reasoning."""

    type: Literal["signature_delta"]
    signature: str


class BlockDelta(_Fields):
    """More of a block."""

    type: Literal["content_block_delta"]
    index: int
    delta: Annotated[TextDelta | InputDelta | ThinkingDelta | SignatureDelta, Field(discriminator="type")]


class BlockStop(_Fields):
    """The last event of a block."""

    type: Literal["content_block_stop"]
    index: int


class Ending(_Fields):
    """Why the message ended."""

    stop_reason: StopReason
    stop_sequence: str | None
    container: Any = None
    stop_details: Any = None


class Counted(_Fields):
    """The tokens so far; those of the question may be left out here."""

    output_tokens: int
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    server_tool_use: dict[str, Any] | None = None
    output_tokens_details: dict[str, Any] | None = None


class MessageDelta(_Fields):
    """The event with the ending and the tokens."""

    type: Literal["message_delta"]
    delta: Ending
    usage: Counted
    context_management: Any = None


class MessageStop(_Fields):
    """The last event of a stream."""

    type: Literal["message_stop"]


class Ping(_Fields):
    """An event that says only that the connection lives."""

    type: Literal["ping"]


class ErrorFields(_Fields):
    """What an error says."""

    type: str
    message: str


class ErrorBody(_Fields):
    """The body of every error."""

    type: Literal["error"]
    error: ErrorFields
    request_id: str | None = None


EVENTS: dict[str, type[BaseModel]] = {
    "message_start": MessageStart,
    "content_block_start": BlockStart,
    "content_block_delta": BlockDelta,
    "content_block_stop": BlockStop,
    "message_delta": MessageDelta,
    "message_stop": MessageStop,
    "ping": Ping,
}
"""The events of a stream by their names."""
