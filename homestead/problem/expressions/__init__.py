"""Derived columns: expressions over columns, for tables in training and single rows in serving."""
