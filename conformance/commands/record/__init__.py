"""Records safely: into a folder of its own, replayed there offline, and only then moved to the cassettes."""
