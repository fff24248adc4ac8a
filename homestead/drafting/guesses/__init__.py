"""Guesses from a profile: roles, inputs, split, candidates, and what looks like a leak."""
