"""The process beside the server: ships the log, deletes old rows, reads job status."""
