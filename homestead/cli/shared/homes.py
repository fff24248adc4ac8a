"""Homes near the working folder: a champion is often in another one than a command reads."""

from collections.abc import Iterator
from pathlib import Path

HOME = ".homestead"
_PLANS = "release/*/plan.json"


def released_problems(home: Path) -> list[str]:
    """Return the names of the problems that a home has a release plan of, sorted."""
    return sorted(path.parent.name for path in home.glob(_PLANS))


def other_homes(home: Path, problem: str = "") -> Iterator[Path]:
    """Yield homes in the working folder and above it that hold a release.

    Args:
        home: the one that is in use, which is left out.
        problem: only homes with a release of it; '' for any.
    """
    for folder in (Path.cwd(), *Path.cwd().parents):
        found = folder / HOME
        problems = [] if found == home else released_problems(found)
        if problem in problems or (problems and not problem):
            yield found
