"""What a backend over the SDK of another library needs."""
