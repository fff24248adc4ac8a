"""Kubernetes: manifests, their checks, the SeldonDeployment, applying to a cluster."""
