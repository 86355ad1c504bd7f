"""Event logs, register prediction, launch digests, the image manifest: pure functions of bytes."""
