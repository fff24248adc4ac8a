"""How rows and errors count, and what follows a prediction: calibration, label, interval."""
