"""Evaluate and release: from the trained candidates to the release, in one pod."""
