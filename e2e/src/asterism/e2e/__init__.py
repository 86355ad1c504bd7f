"""Test harness: a pytest plugin that makes real confidential clusters."""
