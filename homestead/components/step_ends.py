"""Sentences about steps that could not tell their own end, the same for each backend."""

from collections.abc import Collection


def killed(step: str) -> str:
    """Return what a step's end without an error of its own means."""
    return f"{step}: was killed, as a process is that exceeds its memory limit"


def terminated(steps: Collection[str]) -> str:
    """Return what ended a run that someone stopped.

    Args:
        steps: names of those that ran then.
    """
    return "it was terminated" + (f" while {' and '.join(steps)} ran" if steps else "")
