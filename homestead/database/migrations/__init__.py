"""Migrations of the SQL database: one file in ``versions`` for each change of its tables."""
