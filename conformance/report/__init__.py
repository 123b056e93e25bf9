"""The results of a run, and everything that shows them."""
