"""LightGBM fitted otherwise than by its own estimators: from shared bins, or by other machines."""
