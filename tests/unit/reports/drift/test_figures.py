"""Small histograms of then and now: one for each input, with its unit."""

import numpy as np

from homestead.reports.charts import NARROW, WIDE
from homestead.reports.drift.changes import ColumnChange
from homestead.reports.drift.figures import then_and_now


def change(name: str, then: list[float], now: list[float], **changes: object) -> ColumnChange:
    fields: dict[str, object] = {
        "drifted": False,
        "direction": "higher",
        "change": "",
        "effect": 0.1,
        "p_value": None,
        "unit": "",
    }
    return ColumnChange(
        name,
        then=np.array(then),
        now=np.array(now),
        **{**fields, **changes},  # type: ignore[arg-type]
    )


def test_each_input_has_a_panel_with_both_distributions() -> None:
    changes = [
        change("area", [50.0, 60.5, 70.0], [80.0, 90.0], unit="m2", drifted=True),
        change("plan", [0.0, 0.0, 1.0], [1.0, 1.0], labels=("small", "large")),
        change("floor", [1.0, 2.0], []),
        change("empty", [], []),
    ]
    for frame in (WIDE, NARROW):
        figure = then_and_now(frame, changes)
        assert [axis.get_title() for axis in figure.axes] == ["area, m2", "plan", "floor", "empty"]
        area, plan = figure.axes[:2]
        assert [patch.get_label() for patch in area.patches] == ["training rows", "served rows"]
        assert [text.get_text() for text in plan.get_xticklabels()] == ["small", "large"]
        shares = [patch.get_data().values for patch in plan.patches]  # type: ignore[attr-defined]
        np.testing.assert_allclose(shares[0], [2 / 3, 1 / 3])
        np.testing.assert_allclose(shares[1], [0, 1])
