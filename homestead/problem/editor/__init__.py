"""What an editor knows of a problem file: a text and an example of each key, and its JSON Schema."""
