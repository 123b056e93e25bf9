"""Compares two recordings of the same scenario, apart from what differs every time."""
