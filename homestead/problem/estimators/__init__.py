"""Estimators of candidates: the parameters that a problem file may set."""
