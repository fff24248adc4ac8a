"""Backends of retraining: this machine, and Kubeflow Pipelines."""
