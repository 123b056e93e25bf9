"""What a scenario found: its outcome, its transcript, and its line in the results file."""
