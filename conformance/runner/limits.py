"""How long a scenario may take."""

LIMIT = 30.0
"""Seconds that a scenario may take; the longest of the suite takes four on a quiet machine."""

LIVE_LIMIT = 300.0
"""The same where a real server answers: it may have to load a model first."""
