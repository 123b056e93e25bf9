"""What a cassette must not contain: how it is found, and how it is replaced."""
