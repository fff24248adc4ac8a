"""Checks of key, time stamp and target."""

from collections.abc import Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.target import class_label, target_classes
from homestead.problem.validation.names import RESERVED_NAMES, unless_allowed
from homestead.problem.values.listing import list_values


def role_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that the roles are distinct columns of a fitting type; the target alone may lack.

    The time stamp may be part of a key of several columns.
    """
    target_types = {
        "regression": ("number", "integer"),
        "classification": ("category", "boolean", "integer"),
    }
    key_types: tuple[str, ...] = ("integer", "category", "text")
    if isinstance(problem.key, tuple):
        key_types = (*key_types, "boolean", "timestamp")
        yield from _key_list_errors(problem.key_columns)
    roles: list[tuple[str, str, tuple[str, ...]]] = [
        ("key", name, key_types) for name in problem.key_columns
    ]
    if problem.timestamp is not None:
        roles.append(("timestamp", problem.timestamp, ("timestamp",)))
    roles.append(("target", problem.target, target_types[problem.task]))
    for name in problem.columns:
        if name in RESERVED_NAMES and name != getattr(problem.split, "column", None):
            yield f"columns.{name}: the name is reserved, choose another"
    if problem.drop.duplicates in ("first", "last") and not problem.key_columns:
        yield (
            f"drop.duplicates: found {problem.drop.duplicates!r}, but the problem has no key;"
            " allowed is 'identical'"
        )
    role_of: dict[str, str] = {}
    for role, name, allowed in roles:
        yield from unless_allowed(role, name, problem.columns)
        is_part_of_key = role == "timestamp" and isinstance(problem.key, tuple)
        if name in role_of and role_of[name] != role and not is_part_of_key:
            yield f"{role}: {name} is already the {role_of[name]}"
        role_of.setdefault(name, role)
        column = problem.columns.get(name)
        if column is None:
            continue
        if column.type not in allowed:
            yield (
                f"{role}: column {name} is of type {column.type},"
                f" allowed for a {problem.task} is {' or '.join(allowed)}"
            )
        if column.nullable and role != "target":
            yield f"columns.{name}.nullable: found true, but the {role} cannot be missing"
    yield from _target_errors(problem)
    if problem.labels.train:
        yield from _labelled_row_errors(problem)


def _key_list_errors(names: tuple[str, ...]) -> Iterator[str]:
    if not names:
        yield "key: found an empty list, allowed are columns; without a key leave it out"
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"key: {name} is listed twice"


def _target_errors(problem: ProblemFields) -> Iterator[str]:
    column = problem.columns.get(problem.target)
    if problem.target_log and problem.task != "regression":
        yield "target_log: found true, but only the target of a regression has a logarithm"
    if column and problem.target_log and column.range and column.range[0] <= 0:
        yield (
            f"target_log: the range of {problem.target} begins at {column.range[0]:g};"
            " a logarithm needs values above 0"
        )
    if column and column.unseen:
        yield f"columns.{problem.target}.unseen: the classes of the target are all known; remove it"
    if column and problem.task == "classification" and len(column.allowed or ()) == 1:
        yield f"columns.{problem.target}.allowed: a classification needs at least two classes"
    for name, other in problem.columns.items():
        is_target = name == problem.target and problem.task == "classification"
        if other.type == "integer" and other.allowed and not is_target:
            yield (
                f"columns.{name}.allowed: found a list for an integer that is not the target of a"
                " classification; allowed is a range, or the type category"
            )
    yield from _positive_errors(problem)


def _labelled_row_errors(problem: ProblemFields) -> Iterator[str]:
    """Check what makes rows of the source from labelled predictions."""
    if problem.timestamp is None:
        yield (
            "labels.train: found true, but the problem has no timestamp, by which a labelled"
            " prediction gets the values of its time"
        )
    if not set(problem.key_columns) - {problem.timestamp}:
        yield (
            "labels.train: found true, but the problem has no key, by which a labelled prediction"
            " is told from a row of the source that has the same outcome"
        )
    for name in problem.key_columns:
        level = problem.columns[name].sensitive if name in problem.columns else None
        if level:
            yield (
                f"labels.train: found true, but the key {name} is sensitive ({level}), so that"
                " the log does not tell whom a prediction is about"
            )


def _positive_errors(problem: ProblemFields) -> Iterator[str]:
    if problem.positive is None:
        return
    if problem.task != "classification":
        yield "positive: found a class, but a regression has none"
        return
    classes = target_classes(problem.model_copy(update={"positive": None}))
    if len(classes) > 2:
        yield f"positive: found {problem.positive!r}, but only one of two classes is the positive"
    elif classes and class_label(problem.positive, classes) not in classes:
        yield f"positive: found {problem.positive!r}, allowed are {list_values(classes)}"
