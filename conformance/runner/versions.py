"""The versions of the SDKs that are installed."""

from __future__ import annotations

from importlib import metadata

_SDKS = ("anthropic", "boto3", "google-auth", "httpx", "litellm", "openai", "vcrpy", "xllamacpp")


def sdk_versions() -> dict[str, str]:
    """The version of each SDK that is installed."""
    return {name: version for name in _SDKS if (version := _version(name))}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
