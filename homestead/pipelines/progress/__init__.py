"""Progress of a local run: read from the output of its steps, and shown where people look."""
