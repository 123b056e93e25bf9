"""How long a scenario may take."""

LIMIT = 60.0
"""Seconds that a scenario may take; the longest of the suite takes four on a quiet machine.

On a busy one the first scenario of a process waited more than thirty for the import of litellm.
"""

LIVE_LIMIT = 300.0
"""The same where a real server answers: it may have to load a model first."""
