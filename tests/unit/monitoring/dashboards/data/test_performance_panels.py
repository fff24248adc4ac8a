"""Panels of performance: verdicts as words, and figures with intervals beside the promise."""

from homestead.monitoring.dashboards.data.performance_panels import performance_panels

PANELS = {panel["title"]: panel for panel in performance_panels()}


def test_a_verdict_is_a_word_and_harm_is_red() -> None:
    for figure in ("measured", "estimated"):
        defaults = PANELS[f"Performance, {figure}"]["fieldConfig"]["defaults"]
        texts, special = defaults["mappings"]
        words = {number: result["text"] for number, result in texts["options"].items()}
        assert words == {"0": "fine", "1": "inconclusive", "2": "harm"}
        assert special["options"]["result"]["text"] == "no figure"
        colors = {step["value"]: step["color"] for step in defaults["thresholds"]["steps"]}
        assert colors == {None: "green", 1: "orange", 2: "red"}


def test_measured_and_estimated_figures_have_intervals_and_the_promise_has_none() -> None:
    legends = [target["legendFormat"] for target in PANELS["Performance and promise"]["targets"]]
    assert legends == [
        "promised",
        *("measured", "measured, low", "measured, high"),
        *("estimated", "estimated, low", "estimated, high"),
    ]
