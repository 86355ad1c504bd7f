"""What can run machines. `base` says what a provider promises; each provider is a package here."""
