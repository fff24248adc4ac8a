"""Checks of weights, costs, calibration, intervals and quantiles."""

from collections.abc import Iterable, Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.sections.target_policies import QUANTILE_PARAMETERS
from homestead.problem.target import class_label, target_classes
from homestead.problem.validation.names import unless_allowed
from homestead.problem.values.listing import list_values

_ONLY_FOR = {
    "costs": "classification",
    "calibration": "classification",
    "interval": "regression",
    "quantile": "regression",
}


def answer_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that what is asked of weights and answers fits the task, and names what exists."""
    for key, task in _ONLY_FOR.items():
        if getattr(problem, key) is not None and problem.task != task:
            yield f"{key}: is for a {task}, the task is {problem.task}"
    yield from _weight_errors(problem)
    yield from _interval_errors(problem)
    if problem.costs is not None and problem.task == "classification":
        yield from _cost_errors(problem)


def _interval_errors(problem: ProblemFields) -> Iterator[str]:
    interval = problem.interval
    if interval is None:
        return
    given = [key for key in ("estimator", "parameters") if getattr(interval, key)]
    if interval.method != "quantile":
        for key in given:
            yield f"interval.{key}: is for the method 'quantile', found {interval.method!r}"
    elif given == ["parameters"]:
        yield "interval.parameters: needs 'interval.estimator', whose parameters they are"
    for key in interval.parameters:
        if key in QUANTILE_PARAMETERS.get(interval.estimator or "", ()):
            yield f"interval.parameters.{key}: follows from 'interval.coverage'; leave it out"


def _weight_errors(problem: ProblemFields) -> Iterator[str]:
    weights = problem.weights
    if weights is None:
        return
    if weights.column is None and weights.classes is None:
        yield "weights: found neither 'column' nor 'classes'"
    if weights.column is not None:
        numbers = [
            name
            for name, column in problem.columns.items()
            if column.type in ("integer", "number") and name != problem.target
        ]
        yield from unless_allowed("weights.column", weights.column, numbers)
        if weights.column in problem.features:
            yield f"weights.column: {weights.column} is a feature; a weight cannot be one"
        column = problem.columns.get(weights.column)
        if column and column.nullable:
            yield f"columns.{weights.column}.nullable: found true, but a weight cannot be missing"
    if weights.scoring and weights.column is None:
        yield "weights.scoring: found true, which needs 'weights.column'"
    if weights.classes is not None and problem.task != "classification":
        yield "weights.classes: is for a classification, the task is regression"
    elif isinstance(weights.classes, dict):
        yield from _unknown_classes("weights.classes", weights.classes, problem)
        for name, weight in weights.classes.items():
            if not weight > 0:
                yield f"weights.classes.{name}: found {weight:g}, allowed is more than 0"
    settings = [
        (name, setting)
        for name, candidate in problem.candidates.items()
        for setting in ("parameters", "search")
        if "class_weight" in getattr(candidate, setting)
    ]
    if weights.classes is not None:
        for name, setting in settings:
            yield (
                f"candidates.{name}.{setting}.class_weight: the classes have weights already, in"
                " weights.classes; remove one of them"
            )


def _cost_errors(problem: ProblemFields) -> Iterator[str]:
    classes, costs = target_classes(problem), problem.costs or {}
    yield from _unknown_classes("costs", costs, problem)
    for actual, by_answer in costs.items():
        yield from _unknown_classes(f"costs.{actual}", by_answer, problem)
        label = class_label(actual, classes)
        for answer, cost in by_answer.items():
            if class_label(answer, classes) == label and cost:
                yield f"costs.{actual}.{answer}: found {cost:g}, but a right answer costs 0"
    if not any(cost for by_answer in costs.values() for cost in by_answer.values()):
        yield "costs: found no cost above 0, so that all answers are equally good"
    elif len(classes) == 2:
        known = {class_label(name, classes) for name, by in costs.items() if any(by.values())}
        for label in classes:
            if label not in known:
                yield (
                    f"costs: found no cost of an error on {label!r}; without it, all rows are"
                    " answered as the other class"
                )


def _unknown_classes(key: str, names: Iterable[str], problem: ProblemFields) -> Iterator[str]:
    """Yield an error for each name that is no class; learnt classes are not known yet."""
    classes = target_classes(problem)
    for name in names if classes else ():
        if class_label(name, classes) not in classes:
            yield f"{key}: found {name!r}, allowed are {list_values(classes, name)}"
