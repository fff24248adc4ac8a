"""How long the demo takes."""
