"""What the suite asks, told from the scenarios themselves, and which real bugs each stands against."""
