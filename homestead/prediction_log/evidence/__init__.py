"""Evidence on a release: observations read from the prediction log, and how they are kept."""
