"""The generated monitoring files: up to date, well-formed, and about metrics that exist."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from homestead.deployment.checks.schema_checks import ResourceKind, custom_schemas
from homestead.errors import UserError
from homestead.monitoring.generated_files import MANIFEST_FOLDER, monitoring_files, prometheus_rule
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.problem.loader import dump_problem, load_problem, parse_problem
from homestead.problem.schema import Problem

ROOT = Path(__file__).parents[3]
FILES = monitoring_files(load_problem(ROOT / "problems" / "house_price.yaml"))
RULE = prometheus_rule(load_problem(ROOT / "problems" / "house_price.yaml"))
POD_MONITOR = yaml.safe_load((ROOT / MANIFEST_FOLDER / "podmonitor.yaml").read_text())
RULES = yaml.safe_load(FILES[f"{MANIFEST_FOLDER}/rules.yaml"])
DASHBOARDS = {path: json.loads(text) for path, text in FILES.items() if path.endswith(".json")}
SAMPLES = {name for metric in PROMETHEUS_METRICS.values() for name in metric.sample_names}
OPERATORS = {"and", "or", "unless", "bool", "offset"}


def metric_names(expression: str) -> set[str]:
    """Return the names of the time series that a PromQL expression reads."""
    text = re.sub(r'"[^"]*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", text)
    text = re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*(\([^)]*\))?", "", text)
    text = re.sub(r"\boffset \w+", "", text)
    names = re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()", text)
    return set(names) - OPERATORS


def expressions() -> list[tuple[str, str]]:
    """Return location and text of every expression of the rules and dashboards."""
    located = [
        (rule.get("alert") or rule["record"], rule["expr"])
        for group in RULES["groups"]
        for rule in group["rules"]
    ]
    for path, board in DASHBOARDS.items():
        for panel in board["panels"]:
            located += [
                (f"{path}: {panel['title']}", target["expr"]) for target in panel["targets"]
            ]
        located += [
            (f"{path}: {annotation['name']}", annotation["expr"])
            for annotation in board["annotations"]["list"]
        ]
    return located


@pytest.mark.parametrize("path", FILES)
def test_committed_files_are_what_compile_generates(path: str) -> None:
    assert (ROOT / path).read_text() == FILES[path], "run make compile"


def test_each_dashboard_is_in_the_config_map_and_no_other_file_is() -> None:
    generated = {Path(path).name for path in DASHBOARDS}
    folder = ROOT / MANIFEST_FOLDER
    assert {path.name for path in (folder / "dashboards").iterdir()} == generated
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    (config_map,) = kustomization["configMapGenerator"]
    assert set(config_map["files"]) == {f"dashboards/{name}" for name in generated}
    assert config_map["options"]["labels"]["grafana_dashboard"] == "1"
    assert kustomization["resources"] == ["podmonitor.yaml"]


def test_every_expression_reads_metrics_of_the_catalog_or_recorded_ones() -> None:
    recorded = {
        rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule
    }
    used: set[str] = set()
    for location, expression in expressions():
        names = metric_names(expression)
        assert names, location
        assert names <= SAMPLES | recorded, (location, names - SAMPLES - recorded)
        used |= names
    # And no metric of ours is exposed or recorded that no rule and no dashboard uses.
    assert not recorded - used
    unused = {m.name for m in PROMETHEUS_METRICS.values() if not used & set(m.sample_names)}
    assert not {name for name in unused if not name.startswith("process_")}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('sum by (model) (rate(predictons_total{model="x", le="a_b"}[5m]))', {"predictons_total"}),
        ("a_total / ignoring (version) group_left sum(b_total)", {"a_total", "b_total"}),
        ("time() - max(c) > 3e5 unless d offset 1m", {"c", "d"}),
        ("level:x:burnrate5m > 14.4 and e > bool 1", {"level:x:burnrate5m", "e"}),
    ],
)
def test_names_are_read_from_expressions(expression: str, names: set[str]) -> None:
    assert metric_names(expression) == names


def test_both_rule_files_hold_the_same_rules() -> None:
    assert RULE["spec"]["groups"] == RULES["groups"]


@pytest.mark.parametrize("resource", [RULE, POD_MONITOR], ids=["rule", "monitor"])
def test_custom_resources_are_valid_strictly(resource: dict[str, Any]) -> None:
    assert "namespace" not in resource["metadata"]
    schema = custom_schemas().get(ResourceKind(resource["apiVersion"], resource["kind"]))
    if schema is None:
        pytest.skip(f"no schema of {resource['kind']} here: set HOMESTEAD_CRDS")
    jsonschema.validate(resource, schema)
    with pytest.raises(jsonschema.ValidationError, match="misspelt"):
        jsonschema.validate({**resource, "spec": {**resource["spec"], "misspelt": 1}}, schema)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("latency_ms", 30, "found 30, allowed are 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50"),
        ("availability", 1.0, "allowed is less than 1"),
        ("latency_share", 1.0, "allowed is less than 1"),
        ("model_age_days", 0, "allowed is greater than 0"),
    ],
)
def test_objectives_without_a_possible_alert_are_refused(
    churn: Problem, key: str, value: float, allowed: str
) -> None:
    raw: dict[str, Any] = yaml.safe_load(dump_problem(churn))
    raw["objectives"] = {key: value}
    with pytest.raises(UserError, match=rf"objectives\.{key}: .*{re.escape(allowed)}"):
        parse_problem(yaml.safe_dump(raw))


def test_another_problem_gets_its_own_rules_and_the_same_dashboards(churn: Problem) -> None:
    files = monitoring_files(churn)
    rules = files["manifests/problems/churn/rules.yaml"]
    assert "house_price" not in rules
    assert 'model="churn"' in rules
    assert prometheus_rule(churn)["metadata"]["name"] == "homestead-churn"
    assert all(json.loads(files[path]) == board for path, board in DASHBOARDS.items())
