"""How results, steps and errors look. Standard output carries results only."""
