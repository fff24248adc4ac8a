"""The problem file's JSON Schema, for editors."""

import json
from typing import Any

from homestead.problem.model_metrics.table import MODEL_METRICS, metrics_of
from homestead.problem.schema import Problem


def problem_schema() -> str:
    """Return the JSON Schema of a problem file as text with sorted keys."""
    schema = Problem.model_json_schema()
    tasks = sorted({metric.task for metric in MODEL_METRICS.values()})
    schema["allOf"] = [_metrics_allowed_for(task) for task in tasks]
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _metrics_allowed_for(task: str) -> dict[str, Any]:
    names = {"enum": [metric.name for metric in metrics_of(task)]}
    limits = {"properties": {"limits": {"propertyNames": names}}}
    return {
        "if": {"properties": {"task": {"const": task}}},
        "then": {"properties": {"metric": names, "gate": limits}},
    }
