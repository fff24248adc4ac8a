"""The target's classes: which they are, in which order, and which of two is the positive one."""

from typing import Any

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.values.booleans import parse_boolean
from homestead.problem.values.categories import category_text

BOOLEAN_CLASSES = ("false", "true")


def target_classes(problem: ProblemFields) -> tuple[str, ...]:
    """Return the target's classes in the order of their codes, the positive one of two last.

    Empty for a regression, and for a classification whose classes are to be learnt from the rows.
    """
    column = problem.columns.get(problem.target)
    if problem.task == "regression" or column is None:
        return ()
    classes = BOOLEAN_CLASSES if column.type == "boolean" else column.allowed or ()
    positive = class_label(problem.positive, classes)
    if positive not in classes:  # none is named, or the classes are not learnt yet
        return classes
    return (*(label for label in classes if label != positive), positive)


def class_label(value: Any, classes: tuple[str, ...]) -> Any:
    """Return the class that a value stands for, or the value itself if it is none.

    If the classes are two words for true and false, such as 1 and 0 or yes and no, any other word
    for the same names them too.
    """
    if not isinstance(value, str | bool | int | float):
        return value
    text = category_text(value, classes)
    if text in classes:
        return text
    meaning = parse_boolean(value)
    meanings = [parse_boolean(label) for label in classes] if len(classes) == 2 else []
    if meaning is not None and sorted(meanings, key=str) == [False, True]:
        return classes[meanings.index(meaning)]
    return value
