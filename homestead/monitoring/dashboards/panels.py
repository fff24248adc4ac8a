"""Panels as Grafana's dashboard JSON: the few kinds that we use.

The fields are those of Grafana 11 and 12 (schema version 41).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from homestead.monitoring.alerts.alert import RUNBOOK_FOLDER

Panel = dict[str, Any]
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_INSTANT = {"instant": True, "range": False}


def timeseries(
    title: str,
    description: str,
    unit: str,
    *queries: tuple[str, str],
    stacked: bool = False,
    thresholds: Sequence[float] = (),
    log_scale: bool = False,
    runbooks: Sequence[str] = (),
) -> Panel:
    """Return a panel of lines over time.

    Args:
        title: the panel's title.
        description: text that appears when a viewer hovers over the title.
        unit: Grafana's unit id.
        *queries: PromQL and legend of each query.
        stacked: draw stacked areas.
        thresholds: values at which a line is drawn.
        log_scale: use a logarithmic axis.
        runbooks: alerts whose runbooks the panel links.
    """
    custom: dict[str, Any] = {"lineWidth": 1, "fillOpacity": 30 if stacked else 5}
    custom["showPoints"] = "never"
    custom["stacking"] = {"mode": "normal" if stacked else "none", "group": "A"}
    custom["scaleDistribution"] = {"type": "log", "log": 10} if log_scale else {"type": "linear"}
    custom["thresholdsStyle"] = {"mode": "dashed" if thresholds else "off"}
    return _panel(
        "timeseries",
        title,
        description,
        queries,
        fields={
            "unit": unit,
            "min": 0,
            "custom": custom,
            "thresholds": _threshold_steps(thresholds),
        },
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        size=(12, 8),
        runbooks=runbooks,
    )


def stat(
    title: str,
    description: str,
    unit: str,
    query: str,
    thresholds: Sequence[float] = (),
    value_texts: Mapping[str, str] = MappingProxyType({}),
    *,
    no_data: str = "unknown",
    legend: str = "",
    good_from: float | None = None,
    width: int = 6,
    runbooks: Sequence[str] = (),
) -> Panel:
    """Return a panel with the current value as a number.

    Args:
        title: the panel's title.
        description: text that appears when a viewer hovers over the title.
        unit: Grafana's unit id.
        query: PromQL of the value.
        thresholds: green below the first, orange from it on, red from the last one on.
        value_texts: texts to show instead of values; that of ``nan`` is ``no_data`` by default.
        no_data: text where there is no value, which says what that means.
        legend: name to show beside the value, of the labels ``{{…}}``.
        good_from: red below it and green from it on, instead of ``thresholds``.
        width: of the dashboard's 24 columns.
        runbooks: alerts whose runbooks the panel links.
    """
    texts = {value: {"text": text} for value, text in value_texts.items() if value != "nan"}
    nan = {"match": "nan", "result": {"text": value_texts.get("nan", no_data)}}
    steps = _threshold_steps(thresholds)
    if good_from is not None:
        steps["steps"] = [
            {"color": "red", "value": None},
            {"color": "green", "value": good_from},
        ]
    panel = _panel(
        "stat",
        title,
        description,
        [(query, legend)],
        fields={
            "unit": unit,
            "thresholds": steps,
            "noValue": no_data,
            "mappings": [
                *([{"type": "value", "options": texts}] if texts else []),
                {"type": "special", "options": nan},
            ],
        },
        options={
            "colorMode": "value",
            "graphMode": "none",
            "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
            "textMode": "value_and_name" if legend else "value",
        },
        size=(width, 4),
        runbooks=runbooks,
    )
    panel["targets"][0] |= _INSTANT
    return panel


def figures(
    title: str,
    description: str,
    unit: str,
    *queries: tuple[str, str],
    no_data: str,
    runbooks: Sequence[str] = (),
) -> Panel:
    """Return a panel with several current values as numbers, each beside its name.

    Args:
        *queries: PromQL and name of each value.
        no_data: text where there is no value, which says what that means.
        runbooks: alerts whose runbooks the panel links.
    """
    panel = stat(title, description, unit, "", no_data=no_data, width=8, runbooks=runbooks)
    panel["targets"] = [
        {"refId": chr(65 + i), "datasource": DATA_SOURCE, "expr": expr, "legendFormat": name}
        | _INSTANT
        for i, (expr, name) in enumerate(queries)
    ]
    panel["options"]["textMode"] = "value_and_name"
    return panel


def runbook_links(alerts: Sequence[str]) -> list[dict[str, Any]]:
    """Return a panel's links to the runbooks of alerts, where the alerts themselves link them."""
    return [
        {
            "title": f"Runbook: {alert}",
            "url": f"{RUNBOOK_FOLDER}/{alert}.md",
            "targetBlank": True,
        }
        for alert in alerts
    ]


def heatmap(title: str, description: str, unit: str, query: str) -> Panel:
    """Return a panel of a histogram over time; the query yields one series per ``le`` bucket."""
    panel = _panel(
        "heatmap",
        title,
        description,
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


def table(
    title: str,
    description: str,
    query: str,
    columns: Sequence[str],
    runbooks: Sequence[str] = (),
) -> Panel:
    """Return a table with one row per series and the given labels as columns."""
    panel = _panel(
        "table",
        title,
        description,
        [(query, "")],
        fields={},
        options={"showHeader": True, "cellHeight": "sm"},
        size=(12, 8),
        runbooks=runbooks,
    )
    panel["targets"][0] |= {"format": "table", **_INSTANT}
    included = {"include": {"names": list(columns)}}
    panel["transformations"] = [{"id": "filterFieldsByName", "options": included}]
    return panel


def _panel(
    kind: str,
    title: str,
    description: str,
    queries: Sequence[tuple[str, str]],
    fields: dict[str, Any],
    options: dict[str, Any],
    size: tuple[int, int],
    runbooks: Sequence[str] = (),
) -> Panel:
    return {
        "type": kind,
        "title": title,
        "description": description,
        "links": runbook_links(runbooks),
        "datasource": DATA_SOURCE,
        "targets": [
            {"refId": chr(65 + i), "datasource": DATA_SOURCE, "expr": expr, "legendFormat": legend}
            for i, (expr, legend) in enumerate(queries)
        ],
        "fieldConfig": {"defaults": fields, "overrides": []},
        "options": options,
        "gridPos": {"w": size[0], "h": size[1]},
    }


def _threshold_steps(thresholds: Sequence[float]) -> dict[str, Any]:
    above = [
        {"color": "red" if threshold == thresholds[-1] else "orange", "value": threshold}
        for threshold in thresholds
    ]
    return {"mode": "absolute", "steps": [{"color": "green", "value": None}, *above]}
