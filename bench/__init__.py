"""What the backends and the suite cost, as ratios from one run: ``make bench``. Nothing here is a test."""
