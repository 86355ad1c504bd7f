"""How a node becomes a member, and how it stays one."""
