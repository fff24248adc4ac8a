"""State of a home in short, for `homestead status`."""
