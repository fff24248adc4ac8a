"""The training pipeline: its steps in order; compiling, running locally, submitting."""
