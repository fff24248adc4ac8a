"""Grafana's dashboard JSON: the few kinds of panel that we use, and where they stand.

The fields are those of Grafana 11 and 12 (schema version 41).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

Panel = dict[str, Any]
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_NOW = {"instant": True, "range": False}
_WIDTH = 24


def timeseries(
    title: str,
    text: str,
    unit: str,
    *queries: tuple[str, str],
    stacked: bool = False,
    limits: Sequence[float] = (),
    log: bool = False,
) -> Panel:
    """Lines over time.

    Args:
        text: what it shows, for the reader who hovers over the title.
        unit: Grafana's unit id.
        queries: PromQL and legend of each.
        stacked: areas that add up.
        limits: values to draw a line at.
        log: a logarithmic axis.
    """
    custom: dict[str, Any] = {"lineWidth": 1, "fillOpacity": 30 if stacked else 5}
    custom["showPoints"] = "never"
    custom["stacking"] = {"mode": "normal" if stacked else "none", "group": "A"}
    custom["scaleDistribution"] = {"type": "log", "log": 10} if log else {"type": "linear"}
    custom["thresholdsStyle"] = {"mode": "dashed" if limits else "off"}
    return _panel(
        "timeseries",
        (title, text),
        queries,
        fields={"unit": unit, "min": 0, "custom": custom, "thresholds": _steps(limits)},
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        size=(12, 8),
    )


def stat(
    title: str,
    text: str,
    unit: str,
    query: str,
    limits: Sequence[float] = (),
    words: Mapping[str, str] = MappingProxyType({}),
) -> Panel:
    """The value of now as a number; green, and red from the last limit on.

    Args:
        words: what to show instead of a value; ``nan`` is unknown where not given.
    """
    known = {value: {"text": word} for value, word in words.items() if value != "nan"}
    nan = {"match": "nan", "result": {"text": words.get("nan", "unknown")}}
    panel = _panel(
        "stat",
        (title, text),
        [(query, "")],
        fields={
            "unit": unit,
            "thresholds": _steps(limits),
            "noValue": "unknown",
            "mappings": [
                *([{"type": "value", "options": known}] if known else []),
                {"type": "special", "options": nan},
            ],
        },
        options={
            "colorMode": "value",
            "graphMode": "none",
            "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
            "textMode": "value",
        },
        size=(6, 4),
    )
    panel["targets"][0] |= _NOW
    return panel


def heatmap(title: str, text: str, unit: str, query: str) -> Panel:
    """A histogram over time; the query yields one series a bucket, by ``le``."""
    panel = _panel(
        "heatmap",
        (title, text),
        [(query, "{{le}}")],
        fields={"custom": {"scaleDistribution": {"type": "linear"}}},
        options={
            "calculate": False,
            "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Oranges", "exponent": 0.5, "steps": 64},
            "filterValues": {"le": 1e-9},
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
            "tooltip": {"mode": "single", "yHistogram": False},
            "yAxis": {"axisPlacement": "left", "unit": unit},
        },
        size=(12, 8),
    )
    panel["targets"][0]["format"] = "heatmap"
    return panel


def table(title: str, text: str, query: str, columns: Sequence[str]) -> Panel:
    """One row a series, with these of its labels."""
    panel = _panel(
        "table",
        (title, text),
        [(query, "")],
        fields={},
        options={"showHeader": True, "cellHeight": "sm"},
        size=(12, 8),
    )
    panel["targets"][0] |= {"format": "table", **_NOW}
    keep = {"include": {"names": list(columns)}}
    panel["transformations"] = [{"id": "filterFieldsByName", "options": keep}]
    return panel


def dashboard(name: str, text: str, model: str, release: str, panels: Sequence[Panel]) -> Panel:
    """A dashboard with variables for data source, namespace and model.

    Args:
        name: like ``service``; title and uid are made from it.
        model: the series whose labels tell every namespace and model.
        release: a query that yields something at each release; they are marked in every panel.
    """
    return {
        "uid": f"homestead-{name}",
        "title": f"Homestead / {name.capitalize()}",
        "description": text,
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
                    "datasource": _SOURCE,
                    "expr": release,
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
                _variable("namespace", f"label_values({model}, namespace)", every=True),
                _variable("model", f'label_values({model}{{namespace=~"$namespace"}}, model)'),
            ]
        },
        "panels": _placed(panels),
    }


def _variable(name: str, query: str, every: bool = False) -> Panel:
    all_of_them = {
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        **(all_of_them if every else {}),
    }


def _panel(
    kind: str,
    titles: tuple[str, str],
    queries: Sequence[tuple[str, str]],
    fields: dict[str, Any],
    options: dict[str, Any],
    size: tuple[int, int],
) -> Panel:
    return {
        "type": kind,
        "title": titles[0],
        "description": titles[1],
        "datasource": _SOURCE,
        "targets": [
            {"refId": chr(65 + i), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
            for i, (expr, legend) in enumerate(queries)
        ],
        "fieldConfig": {"defaults": fields, "overrides": []},
        "options": options,
        "gridPos": {"w": size[0], "h": size[1]},
    }


def _steps(limits: Sequence[float]) -> dict[str, Any]:
    above = [
        {"color": "red" if limit == limits[-1] else "orange", "value": limit} for limit in limits
    ]
    return {"mode": "absolute", "steps": [{"color": "green", "value": None}, *above]}


def _placed(panels: Sequence[Panel]) -> list[Panel]:
    """The panels with ids and places: side by side, a new line where one does not fit."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        size = panel["gridPos"]
        if x + size["w"] > _WIDTH:
            x, y, height = 0, y + height, 0
        placed.append({"id": number, **panel, "gridPos": {**size, "x": x, "y": y}})
        x, height = x + size["w"], max(height, size["h"])
    return placed
