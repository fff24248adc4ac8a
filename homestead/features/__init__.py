"""Features: tables per view, the point-in-time training set, the online store."""
