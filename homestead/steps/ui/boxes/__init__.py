"""Reading of each box of the page."""
