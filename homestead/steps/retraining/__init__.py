"""Retraining: reading what asks for it, starting runs, and recording how they end."""
