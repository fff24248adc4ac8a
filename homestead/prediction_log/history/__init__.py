"""What the prediction log tells of the past: rows as they were predicted, and how many."""
