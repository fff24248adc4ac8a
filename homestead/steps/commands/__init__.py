"""What each command does that is no pipeline step: one function each."""
