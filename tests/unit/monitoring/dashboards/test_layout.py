"""Dashboards: their variables, units and runbooks, and panels that do not overlap."""

import re
from pathlib import Path
from typing import Any

import pytest

from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.monitoring.dashboards.all_dashboards import dashboards
from homestead.problem.schema import Problem

ROOT = Path(__file__).parents[4]
DASHBOARDS = dashboards()


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """Return the cells of the grid that a panel covers."""
    position = panel["gridPos"]
    return {
        (x, y)
        for x in range(position["x"], position["x"] + position["w"])
        for y in range(position["y"], position["y"] + position["h"])
    }


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_viewer_selects_data_source_namespace_and_model(name: str) -> None:
    board = DASHBOARDS[name]
    assert board["uid"] == f"homestead-{name}"
    names = [variable["name"] for variable in board["templating"]["list"]]
    assert names == ["datasource", "namespace", "model"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_ids_and_do_not_overlap(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    covered: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["description"]
        assert max(x for x, _ in cells(panel)) < 24
        assert not cells(panel) & covered, panel["title"]
        covered |= cells(panel)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_each_query_is_about_the_chosen_problem_alone(name: str) -> None:
    queries = [
        target["expr"]
        for panel in DASHBOARDS[name]["panels"]
        for target in panel.get("targets", [])
    ]
    assert queries
    for query in queries:
        selectors = re.findall(r"\{[^}]*\}", query)
        assert selectors, query
        for selector in selectors:
            assert 'model="$model"' in selector, query
            assert 'namespace=~"$namespace"' in selector, query


def test_each_alert_has_a_panel_that_links_its_runbook(churn: Problem) -> None:
    links = [
        link["url"]
        for board in DASHBOARDS.values()
        for panel in board["panels"]
        for link in panel["links"]
    ]
    assert all((ROOT / link).is_file() for link in links)
    alerts = {alert.name for alert in problem_alerts(churn)}
    assert alerts - {Path(link).stem for link in links} == set()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_numbers_have_a_unit_where_there_is_one(name: str) -> None:
    for panel in DASHBOARDS[name]["panels"]:
        defaults = panel["fieldConfig"]["defaults"]
        if defaults.get("unit", "") == "none":
            # A verdict is shown as a word, and a metric has the unit of its problem.
            is_word = any(mapping["type"] == "value" for mapping in defaults.get("mappings", []))
            is_metric = "homestead_performance{" in panel["targets"][0]["expr"]
            assert is_word or is_metric, panel["title"]
