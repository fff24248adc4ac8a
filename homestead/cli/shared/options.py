"""Options that several commands have: the problem file, ports."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from homestead.bundled import bundled_path, find_file
from homestead.errors import UserError
from homestead.names import DEFAULT_PROBLEM_FILE

if TYPE_CHECKING:
    from homestead.problem.schema import Problem
    from homestead.settings import Settings

PORT = click.IntRange(1, 65535)
_PROBLEMS = "problems"
# Key in the context of what the user typed.
_GIVEN = "homestead.given"


def read_settings() -> "Settings":
    """Return the settings of this process; importing them takes time, which completion has not.

    Raises:
        UserError: a variable has a value that is not allowed.
    """
    from homestead.settings import Settings

    return Settings.read()


class ProblemFile(click.ParamType["Problem"]):
    """Path of a problem file, converted to the problem."""

    name = "file"

    def convert(self, value: Any, param: Any, ctx: click.Context | None) -> "Problem":
        """Read the problem file, or the project's own file of that name if there is none here."""
        if ctx is not None and ctx.resilient_parsing:
            return value  # type: ignore[no-any-return]  # completion needs no problem
        from homestead.problem.loader import load_problem
        from homestead.problem.schema import Problem

        if ctx is not None and param is not None:
            ctx.meta[f"{_GIVEN}.{param.name}"] = str(value)
        if isinstance(value, Problem):
            return value
        path = find_file(Path(value))
        if not path.exists():
            raise UserError(_missing_problem(path))
        return load_problem(path)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the problem files here and the project's own; the shell adds other files."""
        own = bundled_path(_PROBLEMS)
        names = {path.relative_to(own.parent).as_posix() for path in own.rglob("*.yaml")}
        for pattern in ("*.yaml", f"{_PROBLEMS}/*.yaml"):
            names.update(path.as_posix() for path in Path().glob(pattern))
        found = [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]
        return [*found, CompletionItem(incomplete, type="file")]


def problem_words() -> str:
    """Return the option `--problem` as it was typed, with a space before; '' if it was not.

    A command that is shown as the next one is to mean the same problem.
    """
    context = click.get_current_context()
    if context.get_parameter_source("problem") is not ParameterSource.COMMANDLINE:
        return ""
    return f" --problem {shlex.quote(context.meta[f'{_GIVEN}.problem'])}"


def _missing_problem(path: Path) -> str:
    """Return that a problem file is not there, and what is."""
    here = sorted({*Path().glob("*.yaml"), *Path().glob(f"{_PROBLEMS}/*.yaml")})
    found = f"here are: {', '.join(map(str, here))}" if here else f"none is in {Path.cwd()}"
    return f"{path}: no such problem file; {found}; homestead init TABLE --target COLUMN drafts one"


problem_option = click.option(
    "--problem",
    type=ProblemFile(),
    default=DEFAULT_PROBLEM_FILE,
    envvar="HOMESTEAD_PROBLEM",
    show_default=True,
    show_envvar=True,
    help="The problem file.",
)
