"""The prediction log as Parquet files in a folder or an object store, by problem and hour."""
