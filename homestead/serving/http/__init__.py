"""HTTP/1.1 server on httptools and asyncio. Imports nothing else of Homestead."""
