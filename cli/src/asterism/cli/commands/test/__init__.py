"""Commands of `asterism test`."""
