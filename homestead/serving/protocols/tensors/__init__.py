"""Tensors of the Open Inference Protocol, in JSON and in binary."""
