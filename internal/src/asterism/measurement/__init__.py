"""Event logs, register prediction, launch digests and the image manifest. Pure functions over bytes and files."""
