"""The scenarios: ordinary pytest tests, a file a group; each says its law and the bug behind it."""
