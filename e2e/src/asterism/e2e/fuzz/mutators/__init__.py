"""Makers of inputs: bytes of any kind, and the grammars that get past a parser's first line."""
