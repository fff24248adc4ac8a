"""Contents of files as tables: CSV, JSON lines and Parquet, compressed or not."""
