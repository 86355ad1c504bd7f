"""Commands of `asterism node`."""
