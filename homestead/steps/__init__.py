"""What each pipeline step and each command does: one function each."""
