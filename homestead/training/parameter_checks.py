"""Parameters that an estimator refuses, found without a fit."""

from collections.abc import Iterator

from homestead.problem.schema import Problem
from homestead.problem.sections import Candidate
from homestead.training.estimators import import_estimator


def parameter_errors(problem: Problem) -> Iterator[str]:
    """Yield a sentence for each parameter, or value of one, that an estimator refuses."""
    for name, candidate in problem.candidates.items():
        for key, error in _errors(candidate):
            yield f"candidates.{name}.{key}: {error}"


def _errors(candidate: Candidate) -> Iterator[tuple[str, str]]:
    estimator = import_estimator(candidate.estimator)
    allowed = estimator.get_params()
    fixed = {name: [value] for name, value in candidate.parameters.items()}
    for section, values_by_name in {"parameters": fixed, "search": candidate.search}.items():
        for name, values in values_by_name.items():
            key = f"{section}.{name}"
            if name not in allowed:
                yield key, f"{candidate.estimator} has none; allowed are {', '.join(allowed)}"
                continue
            for value in values:
                try:
                    estimator.set_params(**{name: value})._validate_params()
                except ValueError as error:
                    yield key, str(error)
                estimator.set_params(**{name: allowed[name]})
