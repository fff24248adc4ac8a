"""Drift between the champion's training rows and served rows."""
