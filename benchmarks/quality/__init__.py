"""Drafts alone beside AutoGluon, on the tables of the gallery."""
