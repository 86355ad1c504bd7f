"""Commands of `asterism image`."""
