"""Releases: starting one, one step of the controller, people's wishes, status and history."""
