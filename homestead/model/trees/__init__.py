"""Trees of a fitted model: as arrays, as an ONNX operator, and their explanations."""
