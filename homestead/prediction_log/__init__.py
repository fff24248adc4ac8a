"""The prediction log: local spool, shipping to SQL, the tables, retention."""
