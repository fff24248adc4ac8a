"""The pipeline that scores a table."""
