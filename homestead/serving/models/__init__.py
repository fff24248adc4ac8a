"""Loaded model versions, the rollout of a challenger, and batched predictions."""
