"""The stage of a scenario: the server that answers it, opened and closed around the test."""
