"""Dashboards: their variables, and panels that do not overlap."""

import re
from typing import Any

import pytest

from homestead.monitoring.dashboards.all_dashboards import dashboards

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
