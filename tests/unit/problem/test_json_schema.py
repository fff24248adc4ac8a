"""JSON Schema of the problem file: committed, and as strict as loading where it can be."""

import json
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
import yaml
from pydantic import TypeAdapter

from homestead.errors import UserError
from homestead.problem.json_schema import keys, problem_schema
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.part import ProblemPart
from tests.problem_text import FLATS

ROOT = Path(__file__).parents[3]


SCHEMA = json.loads(problem_schema())
KEYS = {f"{section}.{name}": key for section, name, key in keys(SCHEMA)}


def validate(content: Any, schema: dict[str, Any] = SCHEMA) -> None:
    """Raise ValidationError if content does not fit the schema, which one test checks itself."""
    jsonschema.Draft202012Validator(schema).validate(content)


def test_the_committed_schema_is_current_and_a_schema() -> None:
    committed = (ROOT / "problems" / "schema.json").read_text()
    assert committed == problem_schema(), "run `make compile`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"task": "ranking"},
        {"colums": {}},
        {"features": []},
        {"name": "My Flats"},
        {"metric": "f1"},
        {"gate": {"limits": {"accuracy": 0.9}}},
    ],
    ids=str,
)
def test_an_editor_reports_the_same_mistakes(change: dict[str, Any]) -> None:
    # As an editor reads YAML: dates are text.
    valid = Problem.model_validate(yaml.safe_load(FLATS)).model_dump(mode="json")
    validate(valid)
    with pytest.raises(jsonschema.ValidationError):
        validate(valid | change)


@pytest.mark.parametrize("path", ["problems/house_price.yaml", "tests/problems/churn.yaml"])
def test_the_problem_files_here_fit_the_schema(path: str) -> None:
    content = load_problem(ROOT / path).model_dump(mode="json")
    validate(json.loads(json.dumps(content)))


@pytest.mark.parametrize(
    "split",
    [
        "{kind: column, column: year, train: [2010, 2011], validation: 2012, holdout: 2013.5}",
        "{kind: column, column: year, train: [yes, true], validation: no, holdout: x}",
        "{kind: column, column: year, train: [2014-01-01], validation: a, holdout: b}",
        "{validation_from: 2014-01-01, holdout_from: 2014-02-01T12:00:00}",
        "{validation_from: last 20%, holdout_from: last 10%}",
    ],
)
def test_a_split_is_accepted_as_yaml_reads_it(split: str) -> None:
    """Editors check what their YAML reads, in which a date is a text and 2010 a number."""
    loader = yaml.BaseLoader if "-01" in split else yaml.SafeLoader
    content = yaml.safe_load(FLATS) | {"split": yaml.load(split, Loader=loader)}  # noqa: S506
    validate(content)


def sections(parent: Any = ProblemPart) -> dict[str, Any]:
    """Return the classes of a problem file's sections by name."""
    found: dict[str, Any] = {}
    for child in parent.__subclasses__():
        found |= {child.__name__: child} | sections(child)
    return found


@pytest.mark.parametrize("place", KEYS)
def test_an_example_is_allowed_by_the_schema_and_by_the_code(place: str) -> None:
    section, _, name = place.partition(".")
    (example,) = KEYS[place]["examples"]
    validate(example, {**KEYS[place], "$defs": SCHEMA["$defs"]})
    field = sections()[section].model_fields[name]
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[kind, *field.metadata]
    TypeAdapter(kind).validate_python(example)


def test_no_section_takes_an_unknown_key() -> None:
    for name, section in {"Problem": SCHEMA, **SCHEMA["$defs"]}.items():
        if "properties" in section:
            assert section["additionalProperties"] is False, name


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ("metric", "metric: mse"),
        ("task", "task: ranking"),
        ("gate", "gate: {limits: {mse: 1}}"),
        ("gate", "gate: {confidence: 95}"),
        ("candidates", "candidates: {a: {estimator: xgboost.XGBRegressor}}"),
        (
            "candidates",
            "candidates: {a: {estimator: sklearn.linear_model.Ridge, parameters: {alfa: 1}}}",
        ),
        (
            "candidates",
            "candidates: {a: {estimator: sklearn.linear_model.Ridge, search: {depth: [1]}}}",
        ),
        ("candidates", "candidates: {a: {estimator: sklearn.linear_model.Ridge, trials: 0}}"),
        ("candidates", "candidates: {}"),
        ("derived", "derived: {ln: lgo(area)}"),
        ("drift", "drift: {max_drift_share: 30}"),
        ("drift", "drift: {max_share: 0.3}"),
        ("split", "split: {kind: weekly}"),
        ("split", "split: {kind: random, holdout: 20}"),
        ("name", "name: My Flats"),
        ("slices", "slices: district"),
        ("release", "release: {strategy: slowly}"),
        ("objectives", "objectives: {availability: 99.9}"),
    ],
    ids=lambda text: text[:50],
)
def test_what_the_schema_underlines_is_refused_by_loading(section: str, wrong: str) -> None:
    content = yaml.safe_load(FLATS)
    validate(json.loads(json.dumps(content, default=str)))
    content |= yaml.safe_load(wrong)
    with pytest.raises(jsonschema.ValidationError) as underlined:
        validate(json.loads(json.dumps(content, default=str)))
    assert underlined.value.path[0] == section
    with pytest.raises(UserError, match=section):
        parse_problem(yaml.safe_dump(content, sort_keys=False))


@pytest.mark.parametrize(
    "column",
    [
        "{type: float}",
        "{type: number, units: EUR}",
        "{type: number, sensitive: yes}",
        "{unit: EUR}",
    ],
)
def test_a_wrong_column_is_underlined_and_refused(column: str) -> None:
    content = yaml.safe_load(FLATS)
    content["columns"]["extra"] = yaml.safe_load(column)
    with pytest.raises(jsonschema.ValidationError):
        validate(json.loads(json.dumps(content, default=str)))
    with pytest.raises(UserError, match=r"columns\.extra"):
        parse_problem(yaml.safe_dump(content, sort_keys=False))
