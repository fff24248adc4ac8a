"""Kubeflow components: one thin adapter for each pipeline step."""
