"""What turns ordinary pytest tests into scenarios; one concern a file, put together by the plugin."""
