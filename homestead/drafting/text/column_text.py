"""The section ``columns`` of a draft: a line for each column, with what was seen of it."""

from collections.abc import Iterator
from typing import Any

from homestead.drafting.guesses.all_guesses import Guesses
from homestead.drafting.guesses.ranges import guess_range
from homestead.drafting.profile.column_profile import ColumnProfile
from homestead.drafting.text.yaml_parts import WIDTH, comment, flow, one_line, scalar, wrapped_list
from homestead.problem.target import BOOLEAN_CLASSES

_MAX_LISTED_LEVELS = 20
_MIN_ROWS_OF_LEVEL = 3
_SHOWN_LEVELS = 3
_MAX_SHOWN_LETTERS = 24


def column_lines(guesses: Guesses) -> Iterator[str]:
    """Yield the lines of the section; columns that are not used are comments, with the reason."""
    for column in guesses.columns.values():
        reason = guesses.suspicions.unused.get(column.name)
        if reason is not None:
            yield from comment(f"{scalar(column.name)}: not used: {reason}", "  ")
            continue
        is_target = column.name == guesses.target.name
        is_name = column.name in (guesses.key.column, guesses.split.column)
        section = target_section(guesses) if is_target else column_section(column, is_name)
        line = f"  {scalar(column.name)}: {flow(section)}"
        notes = "; ".join(note for note in _notes(column, guesses) if note)
        if len(line) + len(notes) + 4 <= WIDTH:
            yield f"{line}  # {one_line(notes)}"
            continue
        yield from comment(notes, "  ")
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"  {scalar(column.name)}:"
            for key, value in section.items():
                lines = wrapped_list(key, value) if isinstance(value, list) else None
                yield from (f"    {line}" for line in lines or [f"{key}: {flow(value)}"])


def column_section(column: ColumnProfile, is_name: bool = False) -> dict[str, Any]:
    """Return a column's entry, as a mapping.

    Args:
        is_name: its values only name something: any text is allowed, and any whole number.
    """
    section: dict[str, Any] = {"type": column.type}
    if is_name:
        return {"type": "integer" if column.type == "integer" else "text"}
    if column.is_numeric:
        section["range"] = list(guess_range(*column.span, column.type == "integer"))
    if column.type == "category" and _can_be_listed(column):
        section["allowed"] = [str(value) for value in column.counts.index]
    if column.time_format is not None:
        section["time_format"] = column.time_format
    if column.missing:
        section["nullable"] = True
    if column.markers:
        section["missing"] = list(column.markers)
    return section


def target_section(guesses: Guesses) -> dict[str, Any]:
    """Return the target's entry: a number, or a category with its classes in order."""
    target = guesses.target
    section: dict[str, Any] = {}
    if guesses.of_target.classes == BOOLEAN_CLASSES:
        section = {"type": "boolean"}
    elif guesses.of_target.task == "classification":
        section = {"type": "category", "allowed": list(guesses.of_target.classes)}
    else:
        kind = "number" if target.type == "number" else "integer"
        low, high = guess_range(*target.span, kind == "integer")
        # Its logarithm needs values above 0.
        low = min(target.span[0] / 10, 1) if guesses.of_target.is_log else low
        section = {"type": kind, "unit": "", "range": [low, high]}
    if target.markers:
        section["missing"] = list(target.markers)
    return section


def _can_be_listed(column: ColumnProfile) -> bool:
    """Return whether a list of the levels is short, and likely to be complete."""
    counts = column.counts
    return len(counts) <= _MAX_LISTED_LEVELS and int(counts.min()) >= _MIN_ROWS_OF_LEVEL


def _notes(column: ColumnProfile, guesses: Guesses) -> Iterator[str]:
    suspicions = guesses.suspicions
    if column.name == guesses.target.name:
        yield "the target"
    yield suspicions.left_out.get(column.name, "") and (
        f"no input: {suspicions.left_out[column.name]}"
    )
    yield suspicions.warnings.get(column.name, "")
    yield column.reason
    if column.missing:
        yield f"missing in {column.missing:,} {'row' if column.missing == 1 else 'rows'}"
    yield _seen(column)


def _seen(column: ColumnProfile) -> str:
    if column.is_numeric:
        low, high = (f"{value:.6g}" for value in column.span)
        return f"{low} to {high}"
    if column.type == "timestamp":
        return f"{column.values.min()} to {column.values.max()}"
    if column.type == "boolean":
        return f"true in {float(column.values.mean()):.1%}"
    shown = [f"{_shorten(level)} {count:,}" for level, count in column.counts.items()]
    rest = f", and {len(shown) - _SHOWN_LEVELS:,} more" if len(shown) > _SHOWN_LEVELS else ""
    return f"{', '.join(shown[:_SHOWN_LEVELS])}{rest}"


def _shorten(level: Any) -> str:
    text = str(level)
    return text if len(text) <= _MAX_SHOWN_LETTERS else f"{text[: _MAX_SHOWN_LETTERS - 1]}…"
