"""Finds and replaces secrets and account data, which no cassette may contain."""
