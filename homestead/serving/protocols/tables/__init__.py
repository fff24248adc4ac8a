"""Tables of rows in JSON and CSV, which several protocols take."""
