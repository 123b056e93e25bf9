"""How the files of a report are called."""

RESULTS = "results.jsonl"
JUNIT = "junit.xml"
PAGE = "index.html"
SUMMARY = "summary.md"
