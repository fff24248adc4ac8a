"""The problem file's JSON Schema, for editors."""

import json

from homestead.problem.schema import Problem


def problem_schema() -> str:
    """JSON Schema of a problem file, as text with sorted keys."""
    return json.dumps(Problem.model_json_schema(), indent=2, sort_keys=True) + "\n"
