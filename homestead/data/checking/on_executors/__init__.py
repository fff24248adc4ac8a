"""Check of a source whose batches, duplicates and order Spark's executors compute."""
