"""TPM 2.0 (TCG library, parts 2 and 3): structures, commands, a socket device. No policy."""
