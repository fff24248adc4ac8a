"""Processes of a local run's steps, forked from one that has imported what steps need."""
