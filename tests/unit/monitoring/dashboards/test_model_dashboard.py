"""The model dashboard: every version can be told from the others."""

from homestead.monitoring.dashboards.model_dashboard import model_panels

PANELS = {panel["title"]: panel for panel in model_panels()}


def test_panels_by_version_have_the_version_in_their_legend() -> None:
    by_version = [panel for title, panel in PANELS.items() if title.endswith("by version")]
    assert len(by_version) == 4
    for panel in by_version:
        assert {target["legendFormat"] for target in panel["targets"]} == {"version {{version}}"}


def test_a_loaded_version_is_shown_with_its_digest() -> None:
    (transformation,) = PANELS["Loaded versions"]["transformations"]
    assert set(transformation["options"]["include"]["names"]) >= {"version", "digest"}
