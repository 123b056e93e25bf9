"""The backends and targets that a run asks: declared, named on the command line, or offered by a package."""
