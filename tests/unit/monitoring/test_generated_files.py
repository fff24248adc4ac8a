"""The generated monitoring files: up to date, well-formed, and about metrics that exist."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from homestead.errors import UserError
from homestead.monitoring.generated_files import FOLDER, monitoring_files
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.promql import series
from homestead.problem.loader import dump_problem, load_problem, parse_problem
from homestead.problem.schema import Problem

ROOT = Path(__file__).parents[3]
FILES = monitoring_files(load_problem(ROOT / "problems" / "house_price.yaml"))
RULES = yaml.safe_load(FILES[f"{FOLDER}/rules.yaml"])
DASHBOARDS = {path: json.loads(text) for path, text in FILES.items() if path.endswith(".json")}
# Custom resource definitions, kept beside the project and not in it.
SCHEMAS = ROOT.parent / "shared" / "schemas"
SAMPLES = {name for metric in PROMETHEUS_METRICS.values() for name in metric.sample_names}
_WORDS = {"and", "or", "unless", "bool", "offset"}


def metric_names(expression: str) -> set[str]:
    """The names of the time series that a PromQL expression reads."""
    text = re.sub(r'"[^"]*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", text)
    text = re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*(\([^)]*\))?", "", text)
    text = re.sub(r"\boffset \w+", "", text)
    found = re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()", text)
    return set(found) - _WORDS


def expressions() -> list[tuple[str, str]]:
    """Where, and what, of every expression of the rules and dashboards."""
    found = [
        (rule.get("alert") or rule["record"], rule["expr"])
        for group in RULES["groups"]
        for rule in group["rules"]
    ]
    for path, board in DASHBOARDS.items():
        for panel in board["panels"]:
            found += [(f"{path}: {panel['title']}", target["expr"]) for target in panel["targets"]]
        found += [
            (f"{path}: {note['name']}", note["expr"]) for note in board["annotations"]["list"]
        ]
    return found


@pytest.mark.parametrize("path", FILES)
def test_committed_files_are_what_compile_makes(path: str) -> None:
    assert (ROOT / path).read_text() == FILES[path], "run make compile"


def test_no_dashboard_is_left_over_and_each_is_in_the_config_map() -> None:
    made = {Path(path).name for path in DASHBOARDS}
    assert {path.name for path in (ROOT / FOLDER / "dashboards").iterdir()} == made
    kustomization = yaml.safe_load((ROOT / FOLDER / "kustomization.yaml").read_text())
    (config_map,) = kustomization["configMapGenerator"]
    assert set(config_map["files"]) == {f"dashboards/{name}" for name in made}
    assert config_map["options"]["labels"]["grafana_dashboard"] == "1"
    assert set(kustomization["resources"]) == {"podmonitor.yaml", "prometheusrule.yaml"}


def test_every_expression_reads_metrics_of_the_table_or_recorded_ones() -> None:
    recorded = {
        rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule
    }
    seen: set[str] = set()
    for where, expression in expressions():
        names = metric_names(expression)
        assert names, where
        assert names <= SAMPLES | recorded, (where, names - SAMPLES - recorded)
        seen |= names
    # And nothing is exposed or recorded that nobody ever looks at.
    assert not recorded - seen
    unseen = {m.name for m in PROMETHEUS_METRICS.values() if not seen & set(m.sample_names)}
    assert not unseen


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('sum by (model) (rate(predictons_total{model="x", le="a_b"}[5m]))', {"predictons_total"}),
        ("a_total / ignoring (version) group_left sum(b_total)", {"a_total", "b_total"}),
        ("time() - max(c) > 3e5 unless d offset 1m", {"c", "d"}),
        ("level:x:burnrate5m > 14.4 and e > bool 1", {"level:x:burnrate5m", "e"}),
    ],
)
def test_names_are_found_in_expressions(expression: str, names: set[str]) -> None:
    assert metric_names(expression) == names


def test_a_misspelt_series_or_label_is_an_error() -> None:
    assert series("drift_share", 'model="x"') == 'drift_share{model="x"}'
    with pytest.raises(KeyError, match="drift_shares"):
        series("drift_shares")
    with pytest.raises(KeyError, match="drift_share has no label version"):
        series("drift_share", 'version="1"')
    # A histogram has no series of its plain name.
    with pytest.raises(KeyError):
        series("prediction_duration_seconds")


def test_both_rule_files_hold_the_same_rules() -> None:
    resource = yaml.safe_load(FILES[f"{FOLDER}/prometheusrule.yaml"])
    assert resource["spec"]["groups"] == RULES["groups"]


@pytest.mark.parametrize("name", ["prometheusrule.yaml", "podmonitor.yaml"])
def test_custom_resources_are_valid_strictly(name: str) -> None:
    resource = yaml.safe_load((ROOT / FOLDER / name).read_text())
    assert "namespace" not in resource["metadata"]
    plural = f"{resource['kind'].lower()}s"
    path = SCHEMAS / f"monitoring.coreos.com_{plural}.yaml"
    if not path.exists():
        pytest.skip(f"needs {path}")
    definition = yaml.safe_load(path.read_text())
    (version,) = (v for v in definition["spec"]["versions"] if v["name"] == "v1")
    schema = _strict(version["schema"]["openAPIV3Schema"])
    jsonschema.validate(resource, schema)
    with pytest.raises(jsonschema.ValidationError, match="misspelt"):
        jsonschema.validate({**resource, "spec": {**resource["spec"], "misspelt": 1}}, schema)


def _strict(schema: Any) -> Any:
    """The same with unknown keys refused, where the API server would drop them silently."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(part) for key, part in schema.items()}
    named = isinstance(made.get("properties"), dict) and made.get("type") == "object"
    # The API server checks metadata by itself.
    if named and "kind" in made["properties"] and "metadata" in made["properties"]:
        made["properties"]["metadata"] = {"type": "object"}
    if named and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    if "pattern" in made and isinstance(made["pattern"], str):
        # Go's way to ignore case within a pattern.
        made["pattern"] = made["pattern"].replace("^(?i)", "(?i)^")
    if made.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"]}
    return made


@pytest.mark.parametrize("path", DASHBOARDS)
def test_dashboards_have_variables_ids_and_places_that_do_not_overlap(path: str) -> None:
    board = DASHBOARDS[path]
    assert board["uid"] == f"homestead-{Path(path).stem}"
    names = [variable["name"] for variable in board["templating"]["list"]]
    assert names == ["datasource", "namespace", "model"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert panel["description"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("latency_ms", 30, "found 30, allowed are 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50"),
        ("availability", 1.0, "allowed is less than 1"),
        ("latency_share", 1.0, "allowed is less than 1"),
        ("model_age_days", 0, "allowed is greater than 0"),
    ],
)
def test_objectives_that_nothing_can_be_made_of_are_refused(
    churn: Problem, key: str, value: float, allowed: str
) -> None:
    raw = yaml.safe_load(dump_problem(churn))
    raw["objectives"] = {key: value}
    with pytest.raises(UserError, match=rf"objectives\.{key}: .*{re.escape(allowed)}"):
        parse_problem(yaml.safe_dump(raw))


def test_another_problem_gets_its_own_rules_and_the_same_dashboards(churn: Problem) -> None:
    made = monitoring_files(churn)
    rules = made[f"{FOLDER}/rules.yaml"]
    assert "house_price" not in rules
    assert 'model="churn"' in rules
    assert (
        yaml.safe_load(made[f"{FOLDER}/prometheusrule.yaml"])["metadata"]["name"]
        == "homestead-churn"
    )
    assert all(json.loads(made[path]) == board for path, board in DASHBOARDS.items())
