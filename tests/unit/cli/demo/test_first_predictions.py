"""First predictions of the demo: the champion's own, beside what became true."""

import pandas as pd
import pytest

import homestead
from homestead.cli.demo.first_predictions import prediction_lines, show_first_predictions
from homestead.data.ingest import ingest
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.registry import PROBLEM, log_candidates, promote


def _flats() -> pd.DataFrame:
    days = pd.to_datetime(["2024-03-01", "2024-03-02T07:30", *["2024-03-03"] * 5], format="ISO8601")
    rents = [900.5, 1200.0, *[800.0] * 5]
    areas = [40.0, 60.0, *[35.0] * 5]
    return pd.DataFrame({"id": range(1, 8), "day": days, "rent": rents, "area": areas})


def test_they_are_what_python_predicts_of_the_first_five_rows(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = min(log_candidates(settings).values(), key=lambda item: item.digest)
    promote(settings, candidate, None)
    rows = _flats()
    show_first_predictions(PROBLEM, settings, rows)
    heading, *lines = capsys.readouterr().out.splitlines()
    assert "homestead.load_champion('flats').predict(rows)" in heading
    champion = homestead.load_champion("flats", home=settings.home)
    few = rows.head(5)
    predicted = champion.predict(few[["area"]])
    assert lines == [f"       {line}" for line in prediction_lines(PROBLEM, few, predicted)]
    assert len(lines) == 5


def test_a_line_names_the_row_and_both_values_in_the_targets_unit() -> None:
    rent = PROBLEM.columns["rent"].model_copy(update={"unit": "EUR"})
    problem = PROBLEM.model_copy(update={"columns": {**PROBLEM.columns, "rent": rent}})
    rows = _flats().head(2)
    assert prediction_lines(problem, rows, pd.Series([880.25, 1234.5])) == [
        "day 2024-03-01, id 1: rent predicted 880.2 EUR, actual 900.5 EUR",
        "day 2024-03-02T07:30:00, id 2: rent predicted 1,234 EUR, actual 1,200 EUR",
    ]


def test_a_class_is_written_as_the_table_has_it(churn: Problem) -> None:
    rows = ingest(churn).valid.head(1)
    true = rows[churn.target].item()
    (line,) = prediction_lines(churn, rows, pd.Series(["yes"]))
    assert line.endswith(f": {churn.target} predicted yes, actual {true}")
