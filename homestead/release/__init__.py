"""Releases: the plan that says which model versions answer, and where it is kept."""
