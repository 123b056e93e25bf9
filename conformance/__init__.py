"""The conformance suite for LLM backends: it knows the contract, never an implementation."""

from importlib import metadata
from pathlib import Path

DISTRIBUTION = "llm-backend-conformance"
"""What is installed to have it."""

SCENARIOS = Path(__file__).parent / "scenarios"
"""The folder of the scenarios, of which the runner knows nothing else."""


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0.1.0"  # run from a checkout; pyproject.toml has it as fallback-version


__version__ = _version()
