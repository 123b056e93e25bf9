"""The conformance suite for LLM backends: it knows the contract, never an implementation."""

__version__ = "0.1.0"
