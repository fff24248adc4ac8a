"""Simulated releases: how often an equal model is rolled back, and how soon a worse one is."""
