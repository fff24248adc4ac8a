"""Source tables: reading, checking rows, versioning with DVC."""
