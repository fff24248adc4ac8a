"""LightGBM fitted by several workers of Spark together."""
