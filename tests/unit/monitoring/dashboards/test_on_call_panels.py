"""First row of the service dashboard: what the person on call sees, also when there is nothing."""

from pathlib import Path

from homestead.monitoring.dashboards.on_call_panels import on_call_panels
from homestead.monitoring.dashboards.service_dashboard import service_panels

ROOT = Path(__file__).parents[4]
PANELS = {panel["title"]: panel for panel in on_call_panels()}


def test_they_fill_the_first_row_of_the_service_dashboard() -> None:
    assert list(PANELS) == [
        *("Servers up", "Failed requests", "Latency, median", "Latency, p99", "Requests"),
        *("Champion's age", "Drift", "Last training"),
    ]
    assert sum(panel["gridPos"]["w"] for panel in PANELS.values()) == 24
    assert [panel["title"] for panel in service_panels()[:8]] == list(PANELS)


def test_each_has_a_unit_and_a_text_without_data_and_links_runbooks_that_exist() -> None:
    for title, panel in PANELS.items():
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"], title
        assert defaults["noValue"], title
        for link in panel["links"]:
            assert (ROOT / link["url"]).is_file(), link
    assert PANELS["Last training"]["fieldConfig"]["defaults"]["noValue"] == "never trained"


def test_no_server_is_down_in_red_and_not_blank() -> None:
    (target,) = PANELS["Servers up"]["targets"]
    assert target["expr"].endswith("or vector(0))")
    defaults = PANELS["Servers up"]["fieldConfig"]["defaults"]
    assert defaults["mappings"][0]["options"] == {"0": {"text": "DOWN"}}
    steps = [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]]
    assert steps == [(None, "red"), (1, "green")]
