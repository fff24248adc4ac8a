"""The problem file: schema, loading, validation and all that follows from it."""
