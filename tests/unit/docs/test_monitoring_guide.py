"""The monitoring guide and the runbooks agree with the generated rules and dashboards."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.docs.pages import ROOT

GUIDE = (ROOT / "docs" / "how-to" / "monitoring.md").read_text(encoding="utf-8")
MONITORING = ROOT / "manifests" / "base" / "monitoring"


def test_alerts_are_listed_with_severity_and_runbook() -> None:
    rules = yaml.safe_load((MONITORING / "rules.yaml").read_text(encoding="utf-8"))
    expected: dict[str, set[str]] = {}
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                expected.setdefault(rule["alert"], set()).add(rule["labels"]["severity"])
    rows = re.findall(
        r"^\| \[(\w+)\]\(\.\./runbooks/(\w+)\.md\) \| ([\w, ]+) \|", GUIDE, re.MULTILINE
    )
    assert {name: set(severities.split(", ")) for name, _, severities in rows} == expected
    assert [name for name, runbook, _ in rows if name != runbook] == []


def test_dashboards_are_named() -> None:
    for path in sorted((MONITORING / "dashboards").glob("*.json")):
        title = json.loads(path.read_text(encoding="utf-8"))["title"]
        assert f"*{title.removeprefix('Homestead / ')}*" in GUIDE


# A page of Prometheus' own UI, not a panel of ours.
_OTHER_PAGES = {"Status / Targets"}


def _titles(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            yield part["title"]
        for value in part.values():
            yield from _titles(value)
    elif isinstance(part, list):
        for value in part:
            yield from _titles(value)


@pytest.mark.parametrize(
    "runbook", sorted((ROOT / "docs" / "runbooks").glob("*.md")), ids=lambda path: path.stem
)
def test_runbooks_name_panels_that_exist(runbook: Path) -> None:
    dashboards = sorted((MONITORING / "dashboards").glob("*.json"))
    titles = {t for path in dashboards for t in _titles(json.loads(path.read_text("utf-8")))}
    text = re.sub(r"\s+", " ", runbook.read_text(encoding="utf-8"))
    named = set(re.findall(r"(?<!\*)\*([A-Z][^*]*)\*(?!\*)", text))
    assert named - titles - _OTHER_PAGES == set()
