"""SQL database: connections, locks, job runs, drift reports and releases."""
