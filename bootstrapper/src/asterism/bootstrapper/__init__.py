"""What runs in a node: agent, init, join, trust service. May not import asterism.machine."""
