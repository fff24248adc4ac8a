"""Parts that all commands share: error messages, warnings, the problem file's option."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

import click

from homestead.bundled import find_file
from homestead.errors import RenamedKeyWarning, UserError
from homestead.names import DEFAULT_PROBLEM_FILE
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem

PORT = click.IntRange(1, 65535)
# Modules of optional dependencies, and the extra that installs each.
_EXTRAS = {
    **{"boto3": "kubernetes", "gcsfs": "kubernetes", "kubernetes": "kubernetes"},
    **{"psycopg": "serving", "redis": "serving", "s3fs": "serving"},
    "dvc": "dvc",
}


class HomesteadGroup(click.Group):
    """Command group that shows user errors and deprecations as one message without traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; exit with code 1 if the user can fix what went wrong."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", RenamedKeyWarning)
            show_other = warnings.showwarning

            def show(
                message: Warning | str,
                category: type[Warning],
                filename: str,
                lineno: int,
                file: TextIO | None = None,
                line: str | None = None,
            ) -> None:
                if issubclass(category, RenamedKeyWarning):
                    click.echo(f"warning: {message}", err=True)
                else:
                    show_other(message, category, filename, lineno, file, line)

            warnings.showwarning = show
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"error: {error}", err=True)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in _EXTRAS:
                raise
            hint = f"pip install 'homestead[{_EXTRAS[package]}]'"
            click.echo(f"error: {package} is not installed: {hint}", err=True)
        except Exception as error:
            message = _outside_cause(error)
            if message is None:
                raise
            click.echo(f"error: {message}", err=True)
        sys.exit(1)


def _outside_cause(error: BaseException) -> str | None:
    """Return what a file system, MLflow or a database refuses, None for any other error."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    # Most commands need neither a database nor MLflow, and importing them takes time.
    if "sqlalchemy" in sys.modules:
        from homestead.database.failures import database_failure

        if failure := database_failure(error):
            return failure
    if "mlflow" in sys.modules:
        from mlflow.exceptions import MlflowException

        if isinstance(error, MlflowException):
            return f"MLflow: {error}"
    return None


class ProblemFile(click.ParamType[Problem]):
    """Path of a problem file, converted to the problem."""

    name = "file"

    def convert(self, value: Any, param: Any, ctx: Any) -> Problem:
        """Read the problem file, or the project's own file of that name if there is none here."""
        return value if isinstance(value, Problem) else load_problem(find_file(Path(value)))


problem_option = click.option(
    "--problem",
    type=ProblemFile(),
    default=DEFAULT_PROBLEM_FILE,
    envvar="HOMESTEAD_PROBLEM",
    show_default=True,
    show_envvar=True,
    help="The problem file.",
)
