"""Kubeflow components: one thin adapter a pipeline step."""
