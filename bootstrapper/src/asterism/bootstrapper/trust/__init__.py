"""The trust service of a control plane: who is a member and what a member is given."""
