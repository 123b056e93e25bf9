"""The dialects by name; a new one is a module with a ``Dialect`` and a line in the table."""

from dataclasses import replace
from pkgutil import resolve_name

from conformance.recording import wire_format
from conformance.servers.scripted.dialects.anthropic import Anthropic
from conformance.servers.scripted.dialects.azure import Azure
from conformance.servers.scripted.dialects.azure_ai import AzureAI
from conformance.servers.scripted.dialects.bedrock import Bedrock
from conformance.servers.scripted.dialects.bedrock_invoke import InvokeClaude, InvokeNova
from conformance.servers.scripted.dialects.bedrock_text import (
    InvokeDeepSeek,
    InvokeLlama,
    InvokeMistral,
    InvokeTitan,
)
from conformance.servers.scripted.dialects.cloudflare import Cloudflare
from conformance.servers.scripted.dialects.cohere import Cohere
from conformance.servers.scripted.dialects.databricks import Databricks
from conformance.servers.scripted.dialects.deepseek import DeepSeek
from conformance.servers.scripted.dialects.dialect import USAGE, Dialect, ErrorKind, Failure, Usage
from conformance.servers.scripted.dialects.fireworks import Fireworks
from conformance.servers.scripted.dialects.gemini import Gemini
from conformance.servers.scripted.dialects.gigachat import GigaChat
from conformance.servers.scripted.dialects.groq import Groq
from conformance.servers.scripted.dialects.huggingface import HuggingFace
from conformance.servers.scripted.dialects.lmstudio import LMStudio
from conformance.servers.scripted.dialects.mistral import Mistral
from conformance.servers.scripted.dialects.oci import OCI
from conformance.servers.scripted.dialects.ollama import Ollama, OllamaGenerate
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.dialects.openrouter import OpenRouter
from conformance.servers.scripted.dialects.responses import Responses
from conformance.servers.scripted.dialects.sagemaker import SageMaker
from conformance.servers.scripted.dialects.snowflake import Snowflake
from conformance.servers.scripted.dialects.together import Together
from conformance.servers.scripted.dialects.vertex import Vertex
from conformance.servers.scripted.dialects.vertex_partners import VertexClaude, VertexMistral, VertexOpenAI
from conformance.servers.scripted.dialects.watsonx import Watsonx
from conformance.servers.scripted.dialects.xai import XAI

DIALECTS: dict[str, Dialect] = {
    "openai": OpenAI(),
    "anthropic": Anthropic(),
    "azure": Azure(),
    "azure_ai": AzureAI(),
    "bedrock": Bedrock(),
    "bedrock-invoke-claude": InvokeClaude(),
    "bedrock-invoke-nova": InvokeNova(),
    "bedrock-invoke-deepseek": InvokeDeepSeek(),
    "bedrock-invoke-llama": InvokeLlama(),
    "bedrock-invoke-mistral": InvokeMistral(),
    "bedrock-invoke-titan": InvokeTitan(),
    "cloudflare": Cloudflare(),
    "cohere": Cohere(),
    "databricks": Databricks(),
    "deepseek": DeepSeek(),
    "fireworks": Fireworks(),
    "gemini": Gemini(),
    "gigachat": GigaChat(),
    "groq": Groq(),
    "huggingface": HuggingFace(),
    "lmstudio-v0": LMStudio("v0"),
    "lmstudio-v1": LMStudio("v1"),
    "mistral": Mistral(),
    "ollama": Ollama(),
    "ollama-generate": OllamaGenerate(),
    "openrouter": OpenRouter(),
    "oci": OCI(),
    "responses": Responses(),
    "sagemaker": SageMaker(),
    "snowflake": Snowflake(),
    "together": Together(),
    "vertex": Vertex(),
    "watsonx": Watsonx(),
    "xai": XAI(),
    "vertex-claude": VertexClaude(),
    "vertex-mistral": VertexMistral(),
    "vertex-openai": VertexOpenAI(),
}
"""Every dialect by the name that targets, scenarios and reports use."""


def dialect(name: str) -> Dialect:
    """The dialect called ``name``; one of another package is called ``package.module:Class``.

    Raises:
        ValueError: there is none of that name.
    """
    if name in DIALECTS:
        return DIALECTS[name]
    if ":" not in name:
        raise ValueError(f"no dialect is called {name!r}; there are {', '.join(DIALECTS)}")
    try:
        DIALECTS[name] = resolve_name(name)()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the dialect {name!r} cannot be imported: {error}") from error
    _register(DIALECTS[name])
    return DIALECTS[name]


def _register(*dialects: Dialect) -> None:
    """Register their wire formats for recording, with the headers in which each carries the key."""
    wire_format.register(
        replace(each.wire_format, key_headers=tuple(name for name, _ in each.key_headers("key")))
        for each in dialects
    )


_register(*DIALECTS.values())


__all__ = ["DIALECTS", "USAGE", "Dialect", "ErrorKind", "Failure", "Usage", "dialect"]
