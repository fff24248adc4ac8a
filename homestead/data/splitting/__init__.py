"""The part of each row of a table on disk: train, validation or holdout."""
