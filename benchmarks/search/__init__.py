"""Benchmark: searches by Optuna's TPE beside random ones, on house sales."""
