"""The catalogue: what the suite asks, read from the scenarios, and the real bugs that they cover."""
