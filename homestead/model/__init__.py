"""The ONNX model: export, loading, explanations."""
