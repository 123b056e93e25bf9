"""The laws: a file a group, each law a function of a few lines whose docstring says what it demands."""
