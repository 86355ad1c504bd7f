"""Emulated secure processors: they sign what they were given at launch, in the real formats."""
