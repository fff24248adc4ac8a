"""SQL engine of the steps: DuckDB within the process's share of memory, threads and disk."""
