"""Results: from the server's JSON, and what a notebook shows of them."""

import pytest

from homestead.client.results import Interval, Predictions, predictions_of
from tests.client_server import IDS


def test_what_a_response_says_of_all_rows_is_part_of_each() -> None:
    rows = [{"prediction": "left", "probabilities": {"left": 0.7, "stayed": 0.3}}] * 2
    content = {"predictions": rows, **IDS, "request_id": "mine", "stale_features": ["market"]}
    first, second = predictions_of(content, 2)
    assert (first.value, first.row, second.row) == ("left", 0, 1)
    assert (second.prediction_id, second.request_id) == ("p-1", "mine")
    assert second.stale_features == ("market",)
    with pytest.raises(ValueError, match="found 2 predictions for 3 rows"):
        predictions_of(content, 3)


def test_predictions_are_a_sequence() -> None:
    rows = predictions_of({"predictions": [{"prediction": float(n)} for n in range(30)], **IDS}, 30)
    found = Predictions(rows)
    assert (len(found), found[1].value, found[1:3].values) == (30, 1.0, [1.0, 2.0])
    assert found == Predictions(rows)
    assert found != rows
    html = found._repr_html_()
    assert html.count("<tr>") == 21
    assert "10 more rows" in html


def test_html_shows_classes_and_intervals_and_escapes_them() -> None:
    row = {"prediction": "<b>", "probabilities": {"<b>": 1.0}}
    (found,) = predictions_of({**row, **IDS}, 1)
    assert "<b>" not in found._repr_html_().replace("&lt;b&gt;", "")
    interval = {"low": 1.0, "high": 2_000_000.0, "coverage": 0.9}
    (found,) = predictions_of({"prediction": 1.5, "interval": interval, **IDS}, 1)
    assert found.interval == Interval(1.0, 2_000_000.0, 0.9)
    assert "1 to 2e+06" in found._repr_html_()
