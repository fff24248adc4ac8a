"""Labels and annotations by which a problem's objects are found on a cluster."""

from homestead.names import object_name

MANAGED_BY = {"app.kubernetes.io/managed-by": "homestead"}
PART_OF = {"app.kubernetes.io/part-of": "homestead"}
# Names the problem as objects do; a problem's own name need not be a valid label.
PROBLEM_LABEL = "homestead/problem"
# The problem's own name.
NAME_ANNOTATION = "homestead/problem-name"


def problem_labels(problem: str) -> dict[str, str]:
    """Return the labels of every object of a problem."""
    return {**PART_OF, **MANAGED_BY, PROBLEM_LABEL: object_name(problem)}


def problem_selector(problem: str) -> str:
    """Return the selector that finds exactly the objects of a problem."""
    labels = {**MANAGED_BY, PROBLEM_LABEL: object_name(problem)}
    return ",".join(f"{key}={value}" for key, value in labels.items())


def all_problems_selector() -> str:
    """Return the selector that finds the objects of every problem."""
    return ",".join([*(f"{key}={value}" for key, value in MANAGED_BY.items()), PROBLEM_LABEL])
