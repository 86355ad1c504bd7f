"""The command line: commands and rendering. No orchestration."""
