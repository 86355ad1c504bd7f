"""Commands of `asterism kubeconfig`."""
