"""What any-llm is asked with, and its chat completions and errors read back."""

from any_llm import exceptions

from provider import ErrorKind, LLMProviderError
from provider.attachments import EVERYWHERE, attached
from provider.classify import classify

KINDS = {
    exceptions.ContextLengthExceededError: ErrorKind.CONTEXT_LIMIT,
    exceptions.RateLimitError: ErrorKind.RATE_LIMIT,
    exceptions.AuthenticationError: ErrorKind.AUTHENTICATION,
    exceptions.ModelNotFoundError: ErrorKind.NOT_FOUND,
    exceptions.ContentFilterError: ErrorKind.CONTENT_FILTER,
    exceptions.InsufficientFundsError: ErrorKind.QUOTA,
    exceptions.GatewayTimeoutError: ErrorKind.TIMEOUT,
    exceptions.UnsupportedParameterError: ErrorKind.BAD_REQUEST,
    exceptions.InvalidRequestError: ErrorKind.BAD_REQUEST,
}


def failure_of(error):
    if isinstance(error, LLMProviderError):
        return error
    original = getattr(error, "original_exception", None) or error
    failure = classify(getattr(error, "status_code", None), getattr(original, "body", None), original)
    failure.kind = KINDS.get(type(error), failure.kind)
    return failure


def request_of(model, messages, attachments, tools=None, tool_choice=None, **kwargs):
    if tools:
        kwargs |= {"tools": tools, "tool_choice": tool_choice}
    return {"model": model, "messages": attached(messages, attachments or [], {}, EVERYWHERE), **kwargs}


def read(completion, response):
    choice = completion.choices[0]
    response.content = choice.message.content or ""
    response.reasoning = choice.message.reasoning.content if choice.message.reasoning else ""
    response.finish_reason = choice.finish_reason
    for call in choice.message.tool_calls or []:
        named = {"name": call.function.name, "arguments": call.function.arguments}
        response.tool_calls.append({"id": call.id, **named})
    count(completion.usage, response)


def add(chunk, response):
    count(chunk.usage, response)
    for choice in chunk.choices:
        response.finish_reason = choice.finish_reason or response.finish_reason
        response.reasoning += choice.delta.reasoning.content if choice.delta.reasoning else ""
        response.content += choice.delta.content or ""
        for call in choice.delta.tool_calls or []:
            if call.index == len(response.tool_calls):
                response.tool_calls.append({"id": call.id, "name": call.function.name, "arguments": ""})
            response.tool_calls[call.index]["arguments"] += call.function.arguments or ""
        yield from filter(None, [choice.delta.content])


def count(usage, response):
    if usage:
        details = usage.prompt_tokens_details
        response.prompt_tokens, response.completion_tokens = usage.prompt_tokens, usage.completion_tokens
        response.cached_prompt_tokens = (details and details.cached_tokens) or 0
