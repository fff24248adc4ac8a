"""The problem file's JSON Schema, for editors: what is allowed, and a text for each key."""

import json
from collections.abc import Iterator
from typing import Any, Final

import yaml

from homestead.problem.editor.expression_forms import expression_schema, history_schema
from homestead.problem.editor.key_texts import DESCRIPTIONS, EXAMPLES
from homestead.problem.estimators.parameters import PARAMETERS
from homestead.problem.model_metrics.table import MODEL_METRICS, metrics_of
from homestead.problem.schema import Problem

# Beside a drafted problem file, whose first line names it.
SCHEMA_FILE: Final = "homestead.schema.json"
SCHEMA_LINE: Final = "# yaml-language-server: $schema={}"


def problem_schema() -> str:
    """Return the JSON Schema of a problem file as text with sorted keys."""
    schema = Problem.model_json_schema()
    sections = schema["$defs"]
    schema["title"] = "Problem file of Homestead"
    schema["properties"]["metric"]["enum"] = list(MODEL_METRICS)
    _state_values(schema["properties"]["derived"], expression_schema())
    _state_values(sections["View"]["properties"]["history"], history_schema())
    sections["Candidate"]["allOf"] = [
        _parameters_allowed_for(estimator) for estimator in PARAMETERS
    ]
    tasks = sorted({metric.task for metric in MODEL_METRICS.values()})
    schema["allOf"] = [_metrics_allowed_for(task) for task in tasks]
    for section, name, key in keys(schema):
        _explain(key, f"{section}.{name}", name)
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the section's class, the name and the schema of each key of a problem file."""
    for section, content in (("Problem", schema), *schema["$defs"].items()):
        for name, key in content.get("properties", {}).items():
            yield section, name, key


def _state_values(mapping: dict[str, Any], values: dict[str, Any]) -> None:
    """Set what the values of a mapping with names as keys may be."""
    mapping["patternProperties"] = dict.fromkeys(mapping["patternProperties"], values)


def _explain(key: dict[str, Any], place: str, name: str) -> None:
    """Add description and example, also as editors show them when a reader points at the key."""
    text = key.setdefault("description", DESCRIPTIONS.get(place, ""))
    if place not in EXAMPLES:
        return  # a new key, which tests name
    example = EXAMPLES[place]
    key["examples"] = [example]
    shown = yaml.safe_dump({name: example}, sort_keys=False, allow_unicode=True, width=80)
    key["markdownDescription"] = f"{text}\n\n```yaml\n{shown}```"


def _metrics_allowed_for(task: str) -> dict[str, Any]:
    names = {"enum": [metric.name for metric in metrics_of(task)]}
    limits = {"properties": {"limits": {"propertyNames": names}}}
    return {
        "if": {"properties": {"task": {"const": task}}, "required": ["task"]},
        "then": {"properties": {"metric": names, "gate": limits}},
    }


def _parameters_allowed_for(estimator: str) -> dict[str, Any]:
    names = {"propertyNames": {"enum": sorted(PARAMETERS[estimator])}}
    return {
        "if": {"properties": {"estimator": {"const": estimator}}, "required": ["estimator"]},
        "then": {"properties": {"parameters": names, "search": names}},
    }
