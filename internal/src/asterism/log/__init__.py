"""Logging for long-lived processes and the command line: standard library, JSON lines on demand."""
