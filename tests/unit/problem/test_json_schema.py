"""JSON Schema of the problem file: committed, and as strict as loading where it can be."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from homestead.problem.json_schema import problem_schema
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from tests.problem_text import FLATS

ROOT = Path(__file__).parents[3]


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "problems" / "schema.json").read_text()
    assert committed == problem_schema(), "run `make compile`"


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
    schema = json.loads(problem_schema())
    # As an editor reads YAML: dates are text.
    valid = Problem.model_validate(yaml.safe_load(FLATS)).model_dump(mode="json")
    jsonschema.validate(valid, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(valid | change, schema)


@pytest.mark.parametrize("path", ["problems/house_price.yaml", "tests/problems/churn.yaml"])
def test_the_problem_files_here_fit_the_schema(path: str) -> None:
    content = load_problem(ROOT / path).model_dump(mode="json")
    jsonschema.validate(json.loads(json.dumps(content)), json.loads(problem_schema()))


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
    jsonschema.validate(content, json.loads(problem_schema()))
