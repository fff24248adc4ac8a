"""Labelled predictions as rows to train on."""
