"""What a node tells anybody (Verify) and does for its owner (Admin)."""
