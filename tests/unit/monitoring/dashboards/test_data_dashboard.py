"""The data dashboard: what it says of a report without a verdict, and that each part has panels."""

from homestead.monitoring.dashboards.data_dashboard import data_panels
from homestead.monitoring.dashboards.panels import Panel

PANELS = {panel["title"]: panel for panel in data_panels()}


def names(panel: Panel) -> dict[str, str]:
    """Return what a panel shows in place of each number."""
    shown: dict[str, str] = {}
    for mapping in panel["fieldConfig"]["defaults"]["mappings"]:
        options = mapping["options"]
        if mapping["type"] == "special":
            shown[options["match"]] = options["result"]["text"]
        else:
            shown |= {number: result["text"] for number, result in options.items()}
    return shown


def test_a_report_without_a_verdict_is_neither_drift_nor_none() -> None:
    for title, unknown in (("Verdict", "inconclusive"), ("Calibrated verdict", "not tested")):
        shown = names(PANELS[title])
        assert shown["0"] == "no drift"
        assert shown["1"] == "drift"
        assert shown["nan"] == unknown


def test_a_share_is_drawn_beside_its_limit() -> None:
    queries = [target["expr"] for target in PANELS["Drift share and its limit"]["targets"]]
    assert "homestead_drift_share" in queries[0]
    assert "homestead_drift_threshold" in queries[1]


def test_labels_performance_retraining_and_jobs_are_shown() -> None:
    queries = "\n".join(t["expr"] for panel in PANELS.values() for t in panel["targets"])
    for metric in (
        "homestead_labels",
        "homestead_performance",
        "homestead_retraining_runs",
        "homestead_task_finished",
    ):
        assert metric in queries
