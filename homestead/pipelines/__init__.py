"""The order of the steps; compiling, running here, submitting."""
