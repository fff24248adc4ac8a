"""Panels of drift: what they say of a report without a verdict, and of none."""

from homestead.monitoring.dashboards.data.drift_panels import drift_panels
from homestead.monitoring.dashboards.panels import Panel

PANELS = {panel["title"]: panel for panel in drift_panels()}


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
        assert PANELS[title]["fieldConfig"]["defaults"]["noValue"] == "never checked"


def test_a_share_is_drawn_beside_its_limit_and_a_small_p_value_can_be_read() -> None:
    queries = [target["expr"] for target in PANELS["Drift share and its limit"]["targets"]]
    assert "homestead_drift_share" in queries[0]
    assert "homestead_drift_threshold" in queries[1]
    defaults = PANELS["Calibrated p-value and its level"]["fieldConfig"]["defaults"]
    assert defaults["unit"] == "sci"
    assert defaults["custom"]["scaleDistribution"]["type"] == "log"
