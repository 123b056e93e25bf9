"""What a scenario found: its outcome, its transcript, and the lines of the results file."""
