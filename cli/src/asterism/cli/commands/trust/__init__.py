"""Commands of `asterism trust`."""
