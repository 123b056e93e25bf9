"""Judges a server from its raw bytes: no client library stands between the server and the laws.

A law is a small function in ``laws/``. It asks the server questions of the dialogue, and raises
``BrokenError`` with what it got beside what it expected. ``judge.py`` turns laws into verdicts,
which ``terminal.py`` and ``results.py`` show.
"""
