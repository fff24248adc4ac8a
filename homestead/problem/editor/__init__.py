"""What an editor knows of a problem file: texts and examples of keys, patterns of expressions."""
