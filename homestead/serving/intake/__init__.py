"""Ports beside the server's own that take messages of other systems, each with a token."""
