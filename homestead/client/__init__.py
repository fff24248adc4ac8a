"""Clients of the server's HTTP interface; see :class:`homestead.client.client.Client`."""
