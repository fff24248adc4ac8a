"""Background worker process of the server, and its supervision."""
