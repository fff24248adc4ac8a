"""Checks of rendered manifests: schemas, our policy, placeholders, the Seldon operator's rules."""
