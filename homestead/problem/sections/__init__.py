"""Parts of a problem file, each valid on its own, and the fields of the file as a whole."""
