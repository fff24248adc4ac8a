"""Adapter of the gate step."""
