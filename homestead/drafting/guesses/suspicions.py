"""What is odd about columns: constants, numbers of rows, copies, identifiers and leaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from homestead.drafting.guesses.leaks import LIKELY, SURE, explained_share, same_values
from homestead.drafting.guesses.roles import is_row_number
from homestead.drafting.guesses.target_guess import TargetGuess
from homestead.drafting.profile.column_names import names_identifier
from homestead.drafting.profile.column_profile import ColumnProfile

# Of the rows without a target those in which a column is missing, and of the others.
_NEARLY_ALL, _MANY, _HARDLY_ANY = 0.9, 0.5, 0.01
_MIN_ROWS = 20


@dataclass
class Suspicions:
    """What is odd about columns.

    Attributes:
        unused: columns that are no part of the problem, each with the reason.
        left_out: columns that are checked but are no input, each with the reason.
        warnings: columns that are inputs although something is odd, each with what it is.
        explained: the share of the target that each column alone explains.
    """

    unused: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    explained: dict[str, float] = field(default_factory=dict)


def find_suspicions(
    columns: Mapping[str, ColumnProfile], guess: TargetGuess, target: str, roles: set[str]
) -> Suspicions:
    """Find constants, numbers of rows, identifiers, copies, and columns that know the target.

    Args:
        roles: names of columns that have a role, and so are no inputs anyway.
    """
    result = Suspicions()
    for column in columns.values():
        if column.name in roles:
            continue
        if reason := _why_unused(column):
            result.unused[column.name] = reason
        elif reason := _why_no_input(column, result, columns, roles):
            result.left_out[column.name] = reason
        else:
            _compare_with_target(column, columns[target], guess, result)
    return result


def _why_unused(column: ColumnProfile) -> str:
    if column.type == "empty":
        return "no row has a value"
    if column.is_constant:
        return f"constant: all rows have {column.counts.index[0]}"
    if is_row_number(column):
        return "numbers of the rows"
    if column.is_free_text:
        share = column.distinct / (column.rows - column.missing)
        return f"{column.distinct} different texts ({share:.0%} of the rows): names or sentences"
    return ""


def _why_no_input(
    column: ColumnProfile,
    result: Suspicions,
    columns: Mapping[str, ColumnProfile],
    roles: set[str],
) -> str:
    earlier = [c for name, c in columns.items() if name not in roles and name not in result.unused]
    for other in earlier[: earlier.index(column)]:
        if same_values(other, column):
            return f"the same values as {other.name}"
    is_whole = column.type == "integer"
    if is_whole and names_identifier(column.name) and column.distinct > 0.9 * column.rows:
        return "an identifier: nearly each row has another"
    return ""


def _compare_with_target(
    column: ColumnProfile, target: ColumnProfile, guess: TargetGuess, result: Suspicions
) -> None:
    share = explained_share(column, target, guess.task == "classification")
    result.explained[column.name] = share
    unknown = _share_missing_with(column, target)
    if unknown >= _NEARLY_ALL:
        result.left_out[column.name] = (
            f"LEAK? known only where {target.name} is: missing in {unknown:.0%} of the rows without"
            " one, which are those to predict"
        )
    elif share >= SURE:
        result.left_out[column.name] = (
            f"LEAK? alone it explains {share:.1%} of {target.name}; if it is known before the"
            " target, add it to 'features'"
        )
    elif unknown >= _MANY:
        result.warnings[column.name] = (
            f"missing in {unknown:.0%} of the rows without {target.name}, and in hardly any with"
            " one: is it known before the target?"
        )
    elif share >= LIKELY:
        result.warnings[column.name] = (
            f"alone it explains {share:.0%} of {target.name}: is it known before the target?"
        )


def _share_missing_with(column: ColumnProfile, target: ColumnProfile) -> float:
    """Return in which share of the rows without a target the column is missing, too.

    0 if those are few, or if the column is missing in other rows as well.
    """
    without = ~target.is_present
    if without.sum() < _MIN_ROWS or (~column.is_present[target.is_present]).mean() > _HARDLY_ANY:
        return 0.0
    return float((~column.is_present[without]).mean())
