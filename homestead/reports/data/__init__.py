"""Report on a source: what its columns hold, and which rows are in quarantine."""
