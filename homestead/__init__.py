"""Homestead: from a table and one problem file to a served, watched, retrained model."""

from homestead.threads import configure_threads

__version__ = "0.1.0"

# Before anything loads OpenMP or BLAS.
configure_threads()
