"""Panels of a release: its state, its times, and what they show where there is no release."""

from homestead.monitoring.dashboards.release_panels import release_panels

PANELS = {panel["title"]: panel for panel in release_panels()}


def test_the_state_is_the_one_that_holds() -> None:
    (target,) = PANELS["Release"]["targets"]
    assert target["expr"].endswith("== 1")
    assert "by (namespace, state)" in target["expr"]


def test_without_a_release_its_times_say_so() -> None:
    for title in ("Release under way for", "Present step for"):
        defaults = PANELS[title]["fieldConfig"]["defaults"]
        assert (defaults["unit"], defaults["noValue"]) == ("s", "no release under way")


def test_failures_are_told_apart_by_side_and_kind() -> None:
    (target,) = PANELS["One-sided failures"]["targets"]
    assert "by (side, kind)" in target["expr"]
    assert target["legendFormat"] == "{{side}}: {{kind}}"
