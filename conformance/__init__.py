"""The conformance suite for LLM backends: it knows the contract, never an implementation."""

from pathlib import Path

DISTRIBUTION = "llm-backend-conformance"
"""What is installed to have it."""

SCENARIOS = Path(__file__).parent / "scenarios"
"""The folder of the scenarios, of which the runner knows nothing else."""

SUITE = "conformance.scenarios"
"""A module name, for pytest ignores paths in a virtual environment inside the project."""

PLUGIN = "conformance.plugin"
"""Named as in a conftest.py, so that pytest loads it once."""

__version__: str


def __getattr__(name: str) -> str:
    """``__version__``, looked up when asked for: importlib.metadata takes as long as all that is above."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import metadata

    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0.1.0"  # run from a checkout; pyproject.toml has it as fallback-version
