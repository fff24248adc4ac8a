"""Layout of a dashboard: its variables, its annotations, and the positions of its panels."""

from collections.abc import Sequence

from homestead.monitoring.dashboards.panels import DATA_SOURCE, Panel

_GRID_WIDTH = 24


def dashboard(
    name: str, description: str, model_series: str, release_query: str, panels: Sequence[Panel]
) -> Panel:
    """Return a dashboard with variables for data source, namespace and model.

    Args:
        name: such as ``service``; title and uid are derived from it.
        description: what the dashboard answers.
        model_series: series whose labels list every namespace and model.
        release_query: yields a value at each release, which every panel then marks.
        panels: panels without ids and positions.
    """
    return {
        "uid": f"homestead-{name}",
        "title": f"Homestead / {name.capitalize()}",
        "description": description,
        "tags": ["homestead"],
        "schemaVersion": 41,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "type": "dashboards",
                "title": "Homestead",
                "tags": ["homestead"],
                "keepTime": True,
                "includeVars": True,
                "asDropdown": False,
            }
        ],
        "annotations": {
            "list": [
                {
                    "name": "Releases",
                    "enable": True,
                    "iconColor": "blue",
                    "datasource": DATA_SOURCE,
                    "expr": release_query,
                    "step": "60s",
                    "titleFormat": "version {{version}}",
                }
            ]
        },
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                },
                _variable("namespace", f"label_values({model_series}, namespace)", allow_all=True),
                _variable(
                    "model", f'label_values({model_series}{{namespace=~"$namespace"}}, model)'
                ),
            ]
        },
        "panels": _with_positions(panels),
    }


def _variable(name: str, query: str, allow_all: bool = False) -> Panel:
    all_option = {
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATA_SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        **(all_option if allow_all else {}),
    }


def _with_positions(panels: Sequence[Panel]) -> list[Panel]:
    """Return the panels with ids and positions: from left to right, in rows."""
    positioned, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        size = panel["gridPos"]
        if x + size["w"] > _GRID_WIDTH:
            x, y, row_height = 0, y + row_height, 0
        positioned.append({"id": number, **panel, "gridPos": {**size, "x": x, "y": y}})
        x, row_height = x + size["w"], max(row_height, size["h"])
    return positioned
