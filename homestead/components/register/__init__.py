"""Adapter of the register step."""
