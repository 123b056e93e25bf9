"""The format of a cassette: its parts, its file, and how a body is written so that a person can read it."""
