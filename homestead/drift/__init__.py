"""Drift of served rows from the champion's training rows; pure, without input or output."""
