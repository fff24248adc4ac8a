"""Limits on the size of a request, and on the work that one turn of the event loop may do."""

# Larger bodies are refused with 413.
MAX_BODY_BYTES = 4 * 1024 * 1024
# Requests with more rows, and feedback with more values, are refused with 413.
MAX_ROWS = 10_000
# Larger requests are checked and predicted in a thread: on the event loop they would delay others.
MAX_INLINE_ROWS = 200
# Larger bodies are decoded in a thread.
MAX_INLINE_BODY_BYTES = 64 * 1024
# Bodies with more are refused before they are decoded: an empty list of two bytes takes 56 bytes of
# memory, an object 64. Texts may hold brackets too; these limits are 10 and 50 for each row.
MAX_OBJECTS = 10 * MAX_ROWS
MAX_LISTS = 50 * MAX_ROWS
# Keys in one read of the online store, so that a large request does not delay small ones.
MAX_KEYS_PER_READ = 250
# A read may take the look-up timeout once for each of these.
KEYS_PER_TIMEOUT = 50
