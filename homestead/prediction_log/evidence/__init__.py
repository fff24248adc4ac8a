"""Evidence from the prediction log: observations on a release, and answered rows of a window."""
