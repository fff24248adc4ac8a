"""How the server is reached: its listening sockets, and browsers of other origins."""
