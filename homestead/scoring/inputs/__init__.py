"""From a table's rows to the model's inputs, by columns, as a server resolves them row by row."""
