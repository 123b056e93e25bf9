"""Measures what the backends and the suite cost, as ratios within one run: ``make bench``. Not a test."""
