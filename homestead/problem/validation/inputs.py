"""Checks of the model's inputs and of slices."""

from collections.abc import Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.names import unless_allowed


def input_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that features and slices are known, and that the target is no input."""
    view_features = [name for view in problem.views.values() for name in view.computed]
    all_names = [*problem.columns, *view_features, *problem.derived]
    for position, name in enumerate(problem.features):
        if name == problem.target:
            yield f"features: {name} is the target"
        elif name in problem.features[:position]:
            yield f"features: {name} is listed twice"
        elif _is_text(problem, name):
            yield f"features: {name} is a text, which is no input; declare it as category"
        else:
            inputs = [other for other in all_names if other != problem.target]
            yield from unless_allowed("features", name, inputs)
    for name in problem.slices:
        yield from unless_allowed("slices", name, all_names)
        if _is_text(problem, name):
            yield f"slices: {name} is a text; declare it as category to slice by it"


def _is_text(problem: ProblemFields, name: str) -> bool:
    column = problem.columns.get(name)
    return column is not None and column.type == "text"
