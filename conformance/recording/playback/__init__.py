"""Recording and replaying through vcrpy."""
