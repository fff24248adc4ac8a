"""What single values may be, in tables and in requests alike."""
