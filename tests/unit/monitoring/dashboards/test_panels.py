"""Panels: what a viewer sees of thresholds, texts and legends."""

from homestead.monitoring.dashboards.panels import heatmap, stat, table, timeseries


def test_a_number_turns_orange_at_the_first_threshold_and_red_at_the_last() -> None:
    defaults = stat("Budget", "Burn rate.", "none", "x", (1, 14.4))["fieldConfig"]["defaults"]
    colors = [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]]
    assert colors == [(None, "green"), (1, "orange"), (14.4, "red")]


def test_a_number_without_data_or_with_nan_is_unknown() -> None:
    defaults = stat("Share", "Drift share.", "percentunit", "x")["fieldConfig"]["defaults"]
    assert defaults["noValue"] == "unknown"
    (special,) = defaults["mappings"]
    assert special["options"] == {"match": "nan", "result": {"text": "unknown"}}


def test_texts_replace_values() -> None:
    panel = stat("Verdict", "", "none", "x", (), {"1": "drift", "nan": "inconclusive"})
    values, special = panel["fieldConfig"]["defaults"]["mappings"]
    assert values["options"] == {"1": {"text": "drift"}}
    assert special["options"]["result"] == {"text": "inconclusive"}


def test_each_line_has_its_query_and_legend() -> None:
    panel = timeseries("Requests", "", "reqps", ("a", "answered"), ("b", "failed"), stacked=True)
    targets = [(t["refId"], t["expr"], t["legendFormat"]) for t in panel["targets"]]
    assert targets == [("A", "a", "answered"), ("B", "b", "failed")]
    custom = panel["fieldConfig"]["defaults"]["custom"]
    assert custom["stacking"]["mode"] == "normal"
    assert custom["thresholdsStyle"]["mode"] == "off"


def test_a_table_shows_the_given_columns_of_the_current_series() -> None:
    panel = table("Versions", "", "x", ("version", "Value"))
    (target,) = panel["targets"]
    assert (target["format"], target["instant"]) == ("table", True)
    (transformation,) = panel["transformations"]
    assert transformation["options"]["include"]["names"] == ["version", "Value"]


def test_a_heatmap_reads_buckets_as_they_are() -> None:
    panel = heatmap("Latency", "", "s", "x")
    assert panel["options"]["calculate"] is False
    assert panel["targets"][0]["format"] == "heatmap"
