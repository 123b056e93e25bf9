"""Compares two runs, or the runs of several versions of an SDK: their outcomes and their requests."""
