"""A drafted problem: what it shows, and how it is trained."""

import pandas as pd

import homestead
from homestead.problem.schema import Problem


def test_a_draft_shows_its_guesses_and_its_text() -> None:
    days = pd.date_range("2024-01-01", periods=60)
    frame = pd.DataFrame(
        {
            "flat": range(60),
            "day": days,
            "area": [40.0 + i % 17 for i in range(60)],
            "<b>kind</b>": ["flat", "house", "loft"] * 20,
            "price": [1000.0 + 7 * (i % 23) for i in range(60)],
        }
    )
    drafted = homestead.draft(frame, target="price")
    assert isinstance(drafted, homestead.DraftedProblem)
    assert isinstance(drafted.problem, Problem)
    assert drafted.name == drafted.problem.name == "table"
    assert str(drafted) == drafted.text
    assert repr(drafted).startswith("<DraftedProblem table: regression of price")
    html = drafted._repr_html_()
    assert "target: price, a regression" in html
    assert "&lt;b&gt;kind&lt;/b&gt;" in html
    assert "<b>" not in html
