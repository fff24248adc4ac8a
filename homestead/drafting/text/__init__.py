"""Text of a drafted problem file, and its summary for the terminal."""
