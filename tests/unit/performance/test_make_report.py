"""A whole report from served rows: versions, slices, periods and notes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.certificate import Certificate, Estimate, ScoredModel
from homestead.model.onnx_model import Model
from homestead.model.performance_model import PerformanceModel
from homestead.performance.make_report import Window, make_report
from homestead.performance.periods import periods
from homestead.performance.report import PerformanceReport
from homestead.performance.served_rows import served_rows
from homestead.performance.served_version import ServedVersion
from homestead.problem.loader import parse_problem
from homestead.reports.performance.page import performance_html
from homestead.training.search import TrainedCandidate, train_candidate
from tests.factories import certificate, slice_result
from tests.problem_text import changed_flats
from tests.served import answered_frame, labelled_frame

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(UNTIL - timedelta(days=30), UNTIL, UNTIL)
PROBLEM = parse_problem(
    changed_flats(features=["area", "district"], slices=["district", "lift"], metric="mae")
)


def homes(rows: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    area = draw.uniform(20, 120, rows)
    district = draw.choice(["north", "south"], rows)
    rent = 9 * area + 100 * (district == "south") + draw.normal(0, 20, rows)
    split = np.where(np.arange(rows) % 2 == 0, "train", "validation")
    ids = np.arange(rows)
    return pd.DataFrame(
        {"id": ids, "area": area, "district": district, "rent": rent, "split": split}
    )


@pytest.fixture(scope="module")
def trained() -> TrainedCandidate:
    return train_candidate("ridge", homes(600, 0), PROBLEM)


def issued(digest: str, mae: float) -> Certificate:
    estimate = Estimate(value=mae, low=0.97 * mae, high=1.03 * mae)
    slices = tuple(
        slice_result(column="district", value=value, rows=300, winner=mae, champion=None)
        for value in ("north", "south", "west")
    )
    winner = ScoredModel(digest=digest, metrics={"mae": estimate})
    return certificate(winner=winner, champion=None, slices=slices)


def served(
    trained: TrainedCandidate, version: str, rows: int, worse_in_south: float = 0.0
) -> ServedVersion:
    model = Model(trained.onnx)
    table = homes(rows, seed=int(version))
    codes = table.district.map({"north": 0.0, "south": 1.0})
    X = np.column_stack([table.area, codes])
    at = UNTIL.timestamp() - np.linspace(20 * 86_400, 3600, rows)
    frame = answered_frame(model, X, at)
    truth = table.rent + worse_in_south * (table.district == "south")
    learnt: PerformanceModel | None = trained.performance
    return ServedVersion(
        version,
        model.digest,
        model.contract,
        predictions=2 * rows,
        answered=served_rows(frame, model.contract, model),
        labelled=served_rows(labelled_frame(frame, truth), model.contract, model).rows(
            np.arange(rows) % 2 == 0
        ),
        certificate=issued(model.digest, 16.0),
        learnt=learnt,
    )


def test_harm_in_one_slice_is_named_and_decides_nothing_alone(trained: TrainedCandidate) -> None:
    champion = served(trained, "12", 1000, worse_in_south=25.0)
    report = make_report(PROBLEM, champion, [served(trained, "9", 60)], WINDOW)
    slices = {s.value: s for s in report.slices}
    assert set(slices) == {"north", "south"}  # no row of the west was served
    assert slices["south"].measured.verdict == "harm"
    assert slices["north"].measured.verdict != "harm"
    assert slices["south"].promised == 16.0
    assert report.measured is not None
    assert slices["south"].measured.level < report.measured.level / 10
    assert [v.version for v in report.versions] == ["12", "9"]
    assert report.versions[1].measured is not None
    assert report.versions[1].measured.rows == 30
    assert any("no slices: lift" in note for note in report.notes)
    assert any("Of 2,000 answered rows 1,000 are read" in note for note in report.notes)
    # Periods show all predictions, not only those that were read.
    assert sum(period.predictions for period in report.timeline) == 2000
    page = performance_html(report, PROBLEM)
    assert "district = south" in page
    assert "Only labels tell." in page


def test_every_figure_of_a_report_has_an_interval_or_a_reason(trained: TrainedCandidate) -> None:
    report = make_report(PROBLEM, served(trained, "1", 400), [], WINDOW)
    for row in report.metrics:
        for figure in (row.measured, row.estimated):
            assert figure is not None
            assert (figure.low is not None) == (figure.value is not None)
            assert bool(figure.undefined) == (figure.value is None)
    assert report.metrics[0].metric == "mae"


def test_a_version_without_rows_or_certificate_is_inconclusive(trained: TrainedCandidate) -> None:
    champion = served(trained, "1", 400)
    empty = np.zeros(400, dtype=bool)
    without = replace(
        champion,
        answered=champion.answered.rows(empty),
        labelled=champion.labelled.rows(empty[:200]),
        certificate=None,
        predictions=0,
    )
    report = make_report(PROBLEM, without, [], WINDOW)
    assert (report.measured, report.estimated, report.promised) == (None, None, None)
    assert report.verdict == "inconclusive"
    assert not report.timeline
    assert not report.slices
    assert "No row was answered" in performance_html(report, PROBLEM)
    unpromised = make_report(PROBLEM, replace(champion, certificate=None), [], WINDOW)
    assert unpromised.measured is not None
    assert unpromised.measured.verdict == "inconclusive"
    assert unpromised.limit is None
    assert PerformanceReport.from_json(unpromised.to_json()) == unpromised


def test_periods_are_hours_days_or_weeks_and_cover_the_window_once() -> None:
    for days, count in ((1.5, 36), (30, 30), (200, 30)):
        since = UNTIL - timedelta(days=days)
        found = list(periods(since, UNTIL))
        assert count - 1 <= len(found) <= count + 1
        assert (found[0][0], found[-1][1]) == (since, UNTIL)
        assert all(before[1] == after[0] for before, after in pairwise(found))
