"""What views are made from beside columns: past rows, and queries."""
