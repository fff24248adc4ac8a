"""Reading and writing problem files."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from homestead.bundled import bundled_path
from homestead.errors import UserError
from homestead.problem.renamed_keys import rename_keys
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import resolve_source
from homestead.problem.yaml_errors import describe_error
from homestead.problem.yaml_text import read_yaml


def parse_problem(text: str, origin: str = "problem") -> Problem:
    """Read a problem from YAML text.

    Args:
        text: YAML, or the path of a problem file on a single line.
        origin: the text's name in error messages.

    Raises:
        UserError: the text is not a valid problem; for each wrong key a line that names
            ``origin``, the key, what was found and what is allowed.
    """
    if text.strip().endswith((".yaml", ".yml")) and "\n" not in text.strip():
        return load_problem(Path(text.strip()))
    content, lines = rename_keys(read_yaml(text, origin), origin)
    try:
        problem = Problem.model_validate(content)
    except ValidationError as error:
        schema = Problem.model_json_schema()
        lines += [line for item in error.errors() for line in describe_error(item, schema)]
    if lines:
        raise UserError("\n".join(f"{origin}: {line}" for line in lines))
    return problem


def load_problem(path: Path) -> Problem:
    """Read a problem file; relative paths are resolved against the file's folder.

    If there is none, the project's own table of that path is meant, such as the default one.

    Raises:
        UserError: the file does not exist, is not UTF-8 text, or is not a valid problem.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such problem file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text in UTF-8") from None
    problem = parse_problem(text, str(path))
    source = resolve_source(problem.source, path.parent)
    bundled = bundled_path(problem.source)
    if "://" not in source and not Path(source).exists() and bundled.is_file():
        source = str(bundled)
    changes: dict[str, Any] = {} if source == problem.source else {"source": source}
    if problem.scoring is not None:
        places = {"source": problem.scoring.source, "target": problem.scoring.target}
        resolved = {key: resolve_source(place, path.parent) for key, place in places.items()}
        if resolved != places:
            changes["scoring"] = problem.scoring.model_copy(update=resolved)
    return problem.model_copy(update=changes) if changes else problem


def dump_problem(problem: Problem) -> str:
    """Return the problem as YAML, as a pipeline's parameter carries it."""
    # Only what the user stated, so that an earlier version can read it if it knows those keys.
    content = problem.model_dump(mode="json", exclude_defaults=True, exclude_unset=True)
    return yaml.safe_dump(content, sort_keys=False)


def problem_name(text: str) -> str:
    """Return the name of a problem that this version may be unable to read otherwise.

    Args:
        text: as for :func:`parse_problem`.

    Raises:
        UserError: as :func:`parse_problem`, if the text has no name either.
    """
    try:
        return parse_problem(text).name
    except UserError:
        content = read_yaml(text, "problem") if "\n" in text.strip() else None
        name = content.get("name") if isinstance(content, dict) else None
        if not isinstance(name, str):
            raise
        return name
