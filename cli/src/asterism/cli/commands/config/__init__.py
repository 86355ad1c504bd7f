"""Commands of `asterism config`."""
