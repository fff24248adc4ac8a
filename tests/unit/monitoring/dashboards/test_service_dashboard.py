"""The service dashboard: it shows what the alerts of the service fire on."""

from homestead.monitoring.alerts.budget_alerts import BURN_LIMITS
from homestead.monitoring.burn_rates import availability_burn, latency_burn
from homestead.monitoring.dashboards.service_dashboard import service_panels


def queries() -> str:
    return "\n".join(t["expr"] for panel in service_panels() for t in panel["targets"])


def test_burn_rates_are_drawn_over_every_long_window_of_the_alerts() -> None:
    drawn = queries()
    for limit in BURN_LIMITS:
        assert f"{availability_burn(limit.long_window)}{{" in drawn
        assert f"{latency_burn(limit.long_window)}{{" in drawn


def test_burn_rate_thresholds_are_limits_of_the_alerts() -> None:
    limits = {limit.burn_rate for limit in BURN_LIMITS}
    panels = [panel for panel in service_panels() if "burn rate (" in panel["title"]]
    assert len(panels) == 2
    for panel in panels:
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert {step["value"] for step in steps} - {None} <= limits


def test_failures_are_split_by_reason() -> None:
    assert "sum by (reason) (rate(homestead_failed_requests_total" in queries()
    assert "sum by (reason) (rate(homestead_rejected_requests_total" in queries()


def test_the_second_row_is_the_model_s_quality() -> None:
    titles = [panel["title"] for panel in service_panels()]
    assert titles[8:11] == ["Quality, promised", "Quality, estimated", "Quality, measured"]
    names = [target["legendFormat"] for target in service_panels()[10]["targets"]]
    assert names == ["value", "low", "high"]


def test_burn_rates_and_percentiles_are_said_in_words() -> None:
    titles = [panel["title"] for panel in service_panels()]
    assert (
        "Availability burn rate (0: no errors, 1: budget lasts 30 days, 14: gone in 2 days)"
        in titles
    )
    (latency,) = (panel for panel in service_panels() if panel["title"] == "Latency")
    assert [t["legendFormat"] for t in latency["targets"]] == ["median", "p90", "p99", "p99.9"]


def test_a_server_without_a_pod_is_named_by_its_address() -> None:
    for panel in service_panels():
        for target in panel["targets"]:
            if "{{pod}}" in target["legendFormat"]:
                assert "{{instance}}" in target["legendFormat"]
