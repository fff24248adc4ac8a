"""The problem file: what is read, and that each mistake is answered with its key."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.json_schema import problem_schema
from homestead.problem.loader import dump_problem, load_problem, parse_problem
from homestead.problem.schema import Problem

ROOT = Path(__file__).parents[2]
GOOD = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: listed
target: rent
columns:
  id: {type: integer}
  listed: {type: timestamp}
  rent: {type: number, unit: EUR, range: [50, 9000]}
  area: {type: number, range: [5, 500]}
  district: {type: category, allowed: [north, south]}
  lift: {type: boolean, nullable: true}
derived:
  block: "floor(area / 10)"
  premium: "area * typical"
views:
  flat: {entity: id, columns: [area, lift]}
  market:
    entity: block
    query: SELECT 1
    features: [typical]
features: [area, district, lift, typical, premium]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge, search: {alpha: [1, 10]}, trials: 2}
split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}
metric: mae
gate: {limits: {mae: 100}}
slices: [district, block]
"""


def changed(**places: Any) -> str:
    """The good file with values put at places such as ``columns__rent__type``; None removes."""
    raw = yaml.safe_load(GOOD)
    for place, value in places.items():
        *folders, last = place.split("__")
        node = raw
        for name in folders:
            node = node.setdefault(name, {})
        if value is None:
            del node[last]
        else:
            node[last] = value
    return yaml.safe_dump(raw, sort_keys=False)


def refusal(text: str) -> str:
    with pytest.raises(UserError) as refused:
        parse_problem(text, "flats.yaml")
    return str(refused.value)


def test_the_good_file_is_good() -> None:
    problem = parse_problem(GOOD)
    assert problem.category_codes("district") == ("north", "south")
    assert problem.category_codes("area") is None
    assert problem.views["market"].names == ("typical",)
    assert Contract.of(problem).features == problem.features
    assert "rent" not in Contract.of(problem).columns


def test_a_problem_survives_being_a_parameter() -> None:
    problem = parse_problem(GOOD)
    assert parse_problem(dump_problem(problem)) == problem


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({"name": "My Flats"}, "name: found 'My Flats', allowed are a-z, 0-9 and _"),
        ({"task": "ranking"}, "task: found 'ranking', allowed are 'regression' or 'classif"),
        ({"target": None}, "target: missing"),
        ({"source": ""}, "source: found '', allowed is"),
        ({"key": "flat"}, "key: found 'flat', allowed are id, listed, rent"),
        ({"key": "area"}, "key: column area is of type number"),
        ({"key": "rent"}, "target: rent is the key already"),
        ({"timestamp": "area"}, "timestamp: column area is of type number"),
        ({"target": "district"}, "target: column district is of type category"),
        ({"task": "classification"}, "target: column rent is of type number, allowed for a class"),
        ({"columns__rent__nullable": True}, "columns.rent.nullable: found true, but the target"),
        ({"columns__split": {"type": "number"}}, "columns.split: the name is taken"),
        ({"columns__area__type": "float"}, "columns.area.type: found 'float', allowed are"),
        ({"columns__area__range": [9, 1]}, "columns.area: found range [9.0, 1.0], allowed is"),
        ({"columns__area__range": [1, "x"]}, "columns.area.range.1: found 'x', allowed is"),
        ({"columns__area__rnge": [1, 9]}, "columns.area.rnge: unknown key; did you mean range?"),
        ({"columns__lift__range": [0, 1]}, "columns.lift: 'range' is for type integer or number"),
        ({"columns__district__allowed": None}, "columns.district: a category needs 'allowed'"),
        ({"columns__district__allowed": [True]}, "columns.district.allowed.0: found True, allowed"),
        ({"columns__district__allowed": ["n", "n"]}, "columns.district: 'allowed' names a value"),
        ({"columns__area__allowed": ["1"]}, "columns.area: 'allowed' is for type category"),
        ({"colums": {}}, "colums: unknown key; did you mean columns? allowed are baseline"),
        ({"derived__Block": "1"}, "derived.Block: found 'Block', allowed are a-z"),
        ({"derived__x": "eval(area)"}, "derived.x: 'eval(area)': found eval(), allowed are abs"),
        ({"derived__x": "rent / 2"}, "derived.x: reads the target rent"),
        ({"derived__x": "later + 1", "derived__later": "1"}, "derived.x: found 'later', allowed"),
        ({"derived__area": "1"}, "derived.area: the name is one of columns already"),
        ({"derived__typical": "1"}, "derived.typical: the name is one of views.market already"),
        ({"views__flat__entity": "nobody"}, "views.flat.entity: found 'nobody', allowed are id"),
        ({"views__flat__entity": "rent"}, "views.flat.entity: found 'rent', allowed are id, dist"),
        ({"views__market__entity": "premium"}, "views.market.entity: premium is made from a view"),
        ({"views__flat__columns": ["rent"]}, "views.flat.columns: found 'rent', allowed are id"),
        ({"views__flat__query": "SELECT 1"}, "views.flat: give either 'columns' or a 'query'"),
        ({"views__market__features": None}, "views.market: a 'query' needs 'features'"),
        ({"views__market__features": ["area"]}, "views.market.features: area is one of columns"),
        ({"views__market__ttl_days": 0}, "views.market.ttl_days: found 0, allowed is greater"),
        ({"views__market__missing": "skip"}, "views.market.missing: found 'skip', allowed are"),
        ({"features": []}, "features: found a list, allowed is"),
        ({"features": ["rent"]}, "features: rent is the target"),
        ({"features": ["area", "area"]}, "features: area stands twice"),
        ({"features": ["size"]}, "features: found 'size', allowed are id, listed, area"),
        ({"candidates": {}}, "candidates: found a dict, allowed is"),
        ({"candidates__ridge__estimator": "os.system"}, "candidates.ridge.estimator: found 'os.s"),
        (
            {"candidates__ridge__estimator": "sklearn.linear_model.LogisticRegression"},
            "candidates.ridge.estimator: sklearn.linear_model.LogisticRegression is for a class",
        ),
        (
            {"candidates__ridge__init": "sklearn.linear_model.Ridge"},
            "candidates.ridge: init: is for",
        ),
        ({"candidates__ridge__search__alpha": []}, "candidates.ridge: search.alpha: found no va"),
        ({"candidates__ridge__trials": "many"}, "candidates.ridge.trials: found 'many', allowed"),
        ({"split__holdout_from": "2024-02-01"}, "split: validation_from 2024-03-01 must be before"),
        ({"split__holdout_from": "spring"}, "split.holdout_from: found 'spring', allowed is"),
        ({"metric": "f1"}, "metric: found 'f1', allowed are mape, mae, rmse, r2"),
        ({"gate__limits": {"f1": 1}}, "gate.limits: found 'f1', allowed are mape"),
        ({"gate__confidence": 95}, "gate.confidence: found 95, allowed is less than 1"),
        ({"slices": ["colour"]}, "slices: found 'colour', allowed are"),
        ({"baseline": "rent"}, "baseline: found 'rent', allowed are id"),
        ({"drift__min_rows": 20_000}, "drift: min_rows 20000 is more than max_rows 10000"),
        (
            {"target_log": True, "columns__rent__range": [0, 9]},
            "target_log: the range of rent begins at 0",
        ),
    ],
)
def test_a_mistake_is_answered_with_its_key(places: dict[str, Any], said: str) -> None:
    answer = refusal(changed(**places))
    assert f"flats.yaml: {said}" in answer


def test_every_mistake_is_named_at_once() -> None:
    answer = refusal(changed(metric="f1", slices=["colour"], derived__x="rent")).splitlines()
    assert [line.split(":")[1].strip() for line in answer] == ["metric", "derived.x", "slices"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "flats.yaml: not YAML: "),
        ("- name", "flats.yaml: found list, allowed is a mapping"),
        ("", "flats.yaml: found NoneType, allowed is a mapping"),
        ("name: a\nname: b", "not YAML: the key name stands twice, again in line 2"),
        (GOOD.replace("lift: {", "area: {"), "not YAML: the key area stands twice"),
    ],
)
def test_what_is_no_problem_file_at_all(text: str, said: str) -> None:
    assert said in refusal(text)


def test_a_relative_source_is_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "flats.yaml"
    path.write_text(GOOD)
    assert load_problem(path).source == str(tmp_path / "flats.csv")
    path.write_text(changed(source="s3://bucket/flats.csv"))
    assert load_problem(path).source == "s3://bucket/flats.csv"


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.yaml: no such problem file"):
        load_problem(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(UserError, match=r"latin\.yaml: not a text in UTF-8"):
        load_problem(tmp_path / "latin.yaml")


def test_the_committed_schema_is_the_models() -> None:
    committed = (ROOT / "problems" / "schema.json").read_text()
    assert committed == problem_schema(), "run `make compile`"


def test_an_editor_sees_the_same_mistakes() -> None:
    schema = json.loads(problem_schema())
    # As an editor reads YAML: dates are text.
    good = Problem.model_validate(yaml.safe_load(GOOD)).model_dump(mode="json")
    jsonschema.validate(good, schema)
    for wrong in ({"task": "ranking"}, {"colums": {}}, {"features": []}, {"name": "My Flats"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | wrong, schema)


def test_the_default_problem_is_good() -> None:
    problem = load_problem(ROOT / "problems" / "house_price.yaml")
    raw = json.loads(json.dumps(problem.model_dump(mode="json")))
    jsonschema.validate(raw, json.loads(problem_schema()))
