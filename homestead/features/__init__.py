"""Feature views, the point-in-time training set, the online store."""
