"""Profile of a table: types, values and what is odd about each column."""
