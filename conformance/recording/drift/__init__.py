"""How two recordings of the same scenario differ, apart from what differs every time."""
