"""``conformance docs``: the pages that are generated."""
