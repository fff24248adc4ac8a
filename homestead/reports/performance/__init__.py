"""Page of a model's performance on what it served."""
