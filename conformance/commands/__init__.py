"""The commands behind ``python -m conformance``, a folder or a file each."""
