"""What a problem leaves to its training set: the values of categories without a list.

A function of problem and training set alone, so that each step that reads the training set learns
the same, and nothing has to be carried from step to step.
"""

from collections.abc import Collection, Iterator

import pandas as pd

from homestead.errors import UserError
from homestead.problem.encoding import class_labels
from homestead.problem.estimators.parameters import unsupported_parameters
from homestead.problem.expressions.expression import Expression
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN, TRAIN
from homestead.problem.validation.all_errors import validation_errors
from homestead.problem.values.categories import natural_order, stored_category

# Fewer rows say little of a value. They stand together for values that nobody has seen yet.
_MIN_COUNT = 5


def resolve_problem(problem: Problem, dataset: pd.DataFrame) -> Problem:
    """Return the problem with the values of its categories; the same one if nothing is learnt.

    An input's values are the frequent ones of train, by count and then by text; rarer ones count as
    the value ``other``, the last, as unseen ones do later. The target's are all classes before the
    holdout, sorted naturally.

    Args:
        dataset: rows of the training set with their column ``split``, in any order.

    Raises:
        UserError: a target of fewer than two classes, keys or parameters that name no class, or two
            values that feature views could not tell apart.
    """
    names, compared = _read_names(problem)
    in_train = dataset[SPLIT_COLUMN] == TRAIN
    learnt = {
        name: _with_values(column, dataset.loc[in_train, name], compared.get(name, ()))
        for name, column in problem.columns.items()
        if column.is_learnt and name in names and name != problem.target
    }
    if problem.task == "classification" and not problem.classes:
        learnt[problem.target] = _with_classes(problem, dataset)
    if not learnt:
        return problem
    resolved = problem.model_copy(update={"columns": {**problem.columns, **learnt}})
    errors = [
        *_collisions(resolved),
        *validation_errors(resolved),
        *unsupported_parameters(resolved),
    ]
    if errors:
        raise UserError("\n".join(f"{problem.source}: {line}" for line in errors))
    return resolved


def with_assumed_values(problem: Problem) -> Problem:
    """Return the problem with two made-up values for each category that is still to be learnt.

    For checks of parameters when there is no training set.
    """
    names = [name for name, column in problem.columns.items() if column.is_learnt]
    if problem.task == "classification" and not problem.classes:
        names.append(problem.target)
    assumed = {
        name: problem.columns[name].model_copy(update={"allowed": ("0", "1"), "unseen": None})
        for name in names
    }
    return problem.model_copy(update={"columns": {**problem.columns, **assumed}})


def _read_names(problem: Problem) -> tuple[set[str], dict[str, set[str]]]:
    """Return the columns whose values must be known as numbers; a mere key stays a text.

    Returns:
        Their names, and by name the texts that expressions compare them with.
    """
    names = {*problem.features, *problem.slices}
    compared: dict[str, set[str]] = {}
    for expression in map(Expression, problem.derived.values()):
        names |= expression.names
        for text in expression.texts:
            compared.setdefault(text.column, set()).add(text.text)
    return names, compared


def _with_classes(problem: Problem, dataset: pd.DataFrame) -> Column:
    """Return the target with the classes that occur before the holdout."""
    known = dataset.loc[dataset[SPLIT_COLUMN] != HOLDOUT, problem.target]
    classes = sorted(class_labels(known.dropna()).unique(), key=natural_order)
    if len(classes) < 2:
        found = f"only {classes[0]!r}" if classes else "none"
        raise UserError(
            f"target {problem.target}: found {found} before the holdout, a classification needs at"
            " least two classes"
        )
    return problem.columns[problem.target].model_copy(update={"allowed": tuple(classes)})


def _with_values(column: Column, values: pd.Series, compared: Collection[str]) -> Column:
    """Return a category with the values of train, and with what unseen ones are.

    Args:
        compared: values that are known even if they are rare, because expressions name them.
    """
    counts = _texts(values)
    unseen = column.unseen or "other"
    min_count = column.min_count or (_MIN_COUNT if unseen == "other" else 1)
    frequent = sorted(
        (text for text, count in counts.items() if count >= min_count and text != column.other),
        key=lambda text: (-counts[text], text),
    )
    known = frequent[: column.max_values]
    known += sorted(set(compared) & counts.keys() - {*known, column.other})
    # A value of its name is one of the others.
    if unseen == "other" and len(known) < len(counts):
        known.append(column.other)
    elif unseen == "other":
        unseen = "missing"
    elif counts.get(column.other, 0) >= min_count:
        known.append(column.other)
    if not known:
        # Train holds no value: the others are a level without rows.
        known.append(column.other)
    return column.model_copy(
        update={
            "allowed": tuple(known),
            "unseen": unseen,
            "min_count": None,
            "max_values": Column.model_fields["max_values"].default,
        }
    )


def _texts(values: pd.Series) -> dict[str, int]:
    """Return the number of rows of each value."""
    counts = values.dropna().value_counts()
    return {str(text): int(count) for text, count in counts.items()}


def _collisions(problem: Problem) -> Iterator[str]:
    """Yield an error for values that feature views store as the same number."""
    stored = {name for view in problem.views.values() for name in view.columns}
    for name in sorted(stored):
        column = problem.columns[name]
        numbers: dict[float, str] = {}
        for text in (column.allowed or ()) if column.is_open else ():
            other = numbers.setdefault(stored_category(text), text)
            if other != text:
                yield (
                    f"column {name}: feature views would store {text!r} and {other!r} as one"
                    f" number; remove {name} from the views, or rename one of the values"
                )
