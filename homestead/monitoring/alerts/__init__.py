"""The alerts of a problem; each has a runbook of the same name in docs/runbooks."""
