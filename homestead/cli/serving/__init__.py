"""Commands that predict: a server, and a file of rows."""
