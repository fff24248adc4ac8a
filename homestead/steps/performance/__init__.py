"""Looks at a model's performance: what is read, and where the report goes."""
