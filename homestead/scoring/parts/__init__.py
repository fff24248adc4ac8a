"""Parts of a result: kept atomically, logged, and put together."""
