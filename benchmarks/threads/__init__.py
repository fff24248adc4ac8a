"""Fits of gradient boosting beside a busy process: threads that wait actively and passively."""
