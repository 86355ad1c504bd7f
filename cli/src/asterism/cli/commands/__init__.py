"""One module for each command, `commands/<noun>/<verb>.py`, each with a click command `command`."""
