"""Reports on a trained model: comparison with the champion, model card, summary of the run."""
