"""Command line: one verb for each thing that a person or a scheduled job does."""
