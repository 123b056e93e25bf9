"""The mutants, a file for each kind of fault."""
