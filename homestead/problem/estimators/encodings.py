"""How each category of a problem reaches a candidate's estimator."""

from collections.abc import Iterator
from typing import Any

from homestead.problem.sections.candidate import Candidate, Encoding
from homestead.problem.sections.fields import ProblemFields

# Parameters by which features are constrained to one direction.
CONSTRAINTS = ("monotonic_cst", "monotone_constraints")
_HISTOGRAM = "sklearn.ensemble.HistGradientBoosting"
# Default of histogram gradient boosting, and most that it takes.
_MAX_BINS = 255


def category_encoding(candidate: Candidate, feature: str, levels: int) -> Encoding:
    """Return how a feature with categories reaches the estimator.

    Unless the candidate states it, what the estimator cannot do natively is done in another way: a
    category that is constrained to one direction keeps its order, and one with more levels than
    histogram gradient boosting has bins is target encoded.

    Args:
        feature: its name.
        levels: number of its categories.
    """
    if candidate.encoding:
        return candidate.encoding
    default = candidate.default_encoding
    if default == "one_hot":
        return default
    if feature in _constrained(candidate) or _keeps_order(candidate):
        return "ordinal"
    if default == "native" and levels > native_limit(candidate):
        return "target"
    return default


def encoding_errors(problem: ProblemFields, candidate: Candidate) -> Iterator[str]:
    """Yield why a stated encoding cannot be had for some of the problem's features."""
    encoding = candidate.encoding
    if encoding in (None, "one_hot"):
        return
    for name in problem.features:
        column = problem.columns.get(name)
        if column is None or column.type != "category":
            continue
        if encoding != "ordinal" and name in _constrained(candidate):
            yield (
                f"found {encoding!r}, but {name!r} is constrained to one direction, and categories"
                " have an order only with 'ordinal'"
            )
        levels, limit = len(column.allowed or ()), native_limit(candidate)
        if encoding == "native" and levels > limit:
            yield (
                f"found 'native', but {name!r} has {levels} categories, and {candidate.estimator}"
                f" takes {limit:.0f}; allowed are 'target' and 'ordinal'"
            )


def native_limit(candidate: Candidate) -> float:
    """Return how many categories the estimator can split natively."""
    if not candidate.estimator.startswith(_HISTOGRAM):
        return float("inf")
    numbers = [value for value in values_of(candidate, "max_bins") if isinstance(value, int)]
    return min(numbers, default=_MAX_BINS)


def values_of(candidate: Candidate, parameter: str) -> Iterator[Any]:
    """Yield each value that a parameter has or may get."""
    if parameter in candidate.parameters:
        yield candidate.parameters[parameter]
    yield from candidate.searched_values(parameter)


def _constrained(candidate: Candidate) -> set[str]:
    values = [value for name in CONSTRAINTS for value in values_of(candidate, name)]
    return {
        str(feature)
        for value in values
        if isinstance(value, dict)
        for feature, direction in value.items()
        if direction
    }


def _keeps_order(candidate: Candidate) -> bool:
    """Return whether scikit-learn's own switch is set, in files of earlier versions."""
    return None in values_of(candidate, "categorical_features")
