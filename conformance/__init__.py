"""The conformance suite for LLM backends: it knows the contract, never an implementation."""

from importlib import metadata

DISTRIBUTION = "llm-backend-conformance"
"""What is installed to have it."""


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0.1.0"  # run from a checkout; pyproject.toml has it as fallback-version


__version__ = _version()
