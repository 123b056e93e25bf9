"""The names of the files of a report."""

RESULTS = "results.jsonl"
JUNIT = "junit.xml"
PAGE = "index.html"
SUMMARY = "summary.md"
