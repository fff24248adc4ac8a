"""Names of a problem: which are in use, and errors about unknown ones."""

from collections.abc import Collection, Iterator

from homestead.names import EVENT_TIME
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.split import SPLIT_COLUMN
from homestead.problem.values.listing import list_values

# Columns that training sets and views add to the source's.
RESERVED_NAMES = (SPLIT_COLUMN, EVENT_TIME)


def unless_allowed(key: str, found: str, allowed: Collection[str]) -> Iterator[str]:
    """Yield an error that lists what is allowed, unless the name found is."""
    if found not in allowed:
        yield f"{key}: found {found!r}, allowed are {list_values(allowed, found)}"


def origin_of_names(problem: ProblemFields) -> dict[str, str]:
    """Return the names in use before any view or expression, each with where it comes from."""
    return {
        **dict.fromkeys(problem.columns, "columns"),
        **dict.fromkeys(RESERVED_NAMES, "the reserved names"),
    }
