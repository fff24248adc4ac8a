"""All checks between the fields of a problem file."""

from collections.abc import Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.answers import answer_errors
from homestead.problem.validation.derived import derived_errors
from homestead.problem.validation.evaluation import evaluation_errors
from homestead.problem.validation.history import history_errors
from homestead.problem.validation.inputs import input_errors
from homestead.problem.validation.roles import role_errors
from homestead.problem.validation.split import split_errors
from homestead.problem.validation.sql_names import sql_name_errors
from homestead.problem.validation.views import view_errors, view_name_errors
from homestead.problem.values.source_urls import source_errors


def validation_errors(problem: ProblemFields) -> Iterator[str]:
    """Yield every error between a problem's fields."""
    yield from source_errors(problem.source)
    yield from role_errors(problem)
    yield from split_errors(problem)
    yield from evaluation_errors(problem)
    yield from answer_errors(problem)
    yield from view_name_errors(problem)
    yield from derived_errors(problem)
    yield from view_errors(problem)
    yield from history_errors(problem)
    yield from sql_name_errors(problem)
    yield from input_errors(problem)
