"""Check of a source against its problem in batches of rows, in bounded memory."""
