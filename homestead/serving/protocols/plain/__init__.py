"""Plain JSON: rows of fields without a wrapper, and the choice between them and Seldon's."""
