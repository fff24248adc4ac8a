"""Results of finished steps that a later run, or the same run again, takes over."""
