"""Builds, measures and lists node images."""
