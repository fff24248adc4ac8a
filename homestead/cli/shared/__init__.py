"""Parts that all commands share: help, options, error messages, completion."""
