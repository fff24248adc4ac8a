"""Performance of served models: measured on labels, estimated without them, beside the promise."""
