"""From a request's fields to the model's inputs: checked, looked up, derived."""
