"""The wire dialects by name; a new one is a module with a ``Dialect`` and a line below."""

from conformance.wire.dialects.anthropic import Anthropic
from conformance.wire.dialects.azure import Azure
from conformance.wire.dialects.bedrock import Bedrock
from conformance.wire.dialects.cohere import Cohere
from conformance.wire.dialects.dialect import USAGE, Dialect, ErrorKind, Failure, Usage
from conformance.wire.dialects.gemini import Gemini
from conformance.wire.dialects.groq import Groq
from conformance.wire.dialects.lmstudio import LMStudio
from conformance.wire.dialects.mistral import Mistral
from conformance.wire.dialects.openai import OpenAI
from conformance.wire.dialects.vertex import Vertex

DIALECTS: dict[str, Dialect] = {
    "openai": OpenAI(),
    "anthropic": Anthropic(),
    "azure": Azure(),
    "bedrock": Bedrock(),
    "cohere": Cohere(),
    "gemini": Gemini(),
    "groq": Groq(),
    "lmstudio-v0": LMStudio("v0"),
    "lmstudio-v1": LMStudio("v1"),
    "mistral": Mistral(),
    "vertex": Vertex(),
}
"""Every dialect: the name is what a scenario and the report call it."""


def dialect(name: str) -> Dialect:
    """The dialect called ``name``."""
    try:
        return DIALECTS[name]
    except KeyError:
        raise ValueError(f"no dialect is called {name!r}; there are {', '.join(DIALECTS)}") from None


__all__ = ["DIALECTS", "USAGE", "Dialect", "ErrorKind", "Failure", "Usage", "dialect"]
