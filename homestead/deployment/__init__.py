"""Kubernetes: pods, the SeldonDeployment, checks of rendered manifests, applying to a cluster."""
