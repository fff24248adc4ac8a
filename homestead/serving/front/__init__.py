"""What a browser or a newcomer sees of a server: its first page, and an example that works."""
