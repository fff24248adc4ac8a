"""From a request's body to its response: fast path, slow path, challenger, prediction log."""
