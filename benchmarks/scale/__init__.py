"""Seconds and memory of the steps by the number of rows, beside pandas and Feast's join."""
