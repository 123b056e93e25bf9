"""The servers that answer a backend: scripted, the embedded engine, or hosted by a provider."""
