"""The Python API: what ``import homestead`` offers, and what the command line stands on."""
