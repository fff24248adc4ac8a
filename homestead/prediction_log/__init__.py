"""The prediction log: local spool, shipping to SQL, tables, reading a window, retention."""
