"""Online server."""
