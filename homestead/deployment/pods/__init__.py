"""Parts of pods that servers and jobs share: the problem file, keys, tokens, security contexts."""
