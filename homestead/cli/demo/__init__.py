"""The whole loop once, on this machine, with the real parts: the command ``homestead demo``."""
