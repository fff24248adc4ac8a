"""Reading and making drift reports for other steps."""
