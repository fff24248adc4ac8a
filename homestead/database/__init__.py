"""SQL database: connections, locks, job runs and drift reports."""
