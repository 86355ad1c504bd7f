"""Commands of `asterism cluster`."""
