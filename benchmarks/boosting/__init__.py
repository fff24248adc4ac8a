"""Benchmark: a LightGBM fitted by several workers of Spark beside one process, on house sales."""
