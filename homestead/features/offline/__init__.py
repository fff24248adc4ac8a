"""Feature views as they were at given times."""
