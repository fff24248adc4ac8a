"""Prediction protocols: Seldon, Open Inference Protocol (V2), TensorFlow Serving."""
