"""The port of labels: what became true after predictions, told over HTTP."""
