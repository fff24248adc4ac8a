"""Rebuilding a version from its recorded inputs."""
