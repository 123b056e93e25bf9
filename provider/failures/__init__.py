"""Classifies failures by their status, codes and messages."""
