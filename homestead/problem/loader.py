"""Reading and writing problem files."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.yaml_errors import describe_error, read_yaml


def parse_problem(text: str, origin: str = "problem") -> Problem:
    """Read a problem from YAML, or from the file that a single line names.

    Raises:
        UserError: names ``origin``, each wrong key, what was found and what is allowed.
    """
    if text.strip().endswith((".yaml", ".yml")) and "\n" not in text.strip():
        return load_problem(Path(text.strip()))
    raw = read_yaml(text, origin)
    try:
        return Problem.model_validate(raw)
    except ValidationError as error:
        schema = Problem.model_json_schema()
        lines = [line for fault in error.errors() for line in describe_error(fault, schema)]
        raise UserError("\n".join(f"{origin}: {line}" for line in lines)) from None


def load_problem(path: Path) -> Problem:
    """Read a problem file; a relative source is taken from the file's folder.

    Raises:
        UserError: the file is not there, or is wrong.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such problem file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text in UTF-8") from None
    problem = parse_problem(text, str(path))
    if "://" in problem.source or Path(problem.source).is_absolute():
        return problem
    return problem.model_copy(update={"source": str((path.parent / problem.source).resolve())})


def dump_problem(problem: Problem) -> str:
    """The problem as YAML, as a pipeline's parameter carries it."""
    return yaml.safe_dump(problem.model_dump(mode="json", exclude_defaults=True), sort_keys=False)
