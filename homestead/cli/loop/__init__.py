"""Commands of the loop after a release."""
