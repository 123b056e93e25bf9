"""Brings to the suite what a stranger may bring, and sees which promises hold: ``conformance torture``."""
