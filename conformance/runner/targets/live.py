"""What a run that asks a real server needs to know about it."""

from __future__ import annotations

STORED_HOST = "http://engine.invalid"
"""The address of the engine in a recording, for its real port differs each time."""

KEY = "sk-conformance-engine-key"
"""The key that the engine demands; a cassette holds a placeholder in its place."""

ENGINE = "engine"
"""What ``--live`` asks when no URL is given."""

ENGINE_DIALECTS = ("openai", "anthropic", "responses")
"""The dialects that the embedded engine speaks."""
