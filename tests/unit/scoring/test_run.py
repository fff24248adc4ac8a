"""Scoring jobs: what they write, what a rerun keeps, and what it does not take for its own."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from homestead.errors import UserError
from homestead.scoring.job import ScoringOptions
from homestead.scoring.outcome import Progress, ScoredModel
from homestead.scoring.parts.store import LocalParts
from homestead.scoring.run import score_table
from homestead.settings import Settings
from tests.factories import flats_problem
from tests.scored import score_small, small_rows
from tests.small_models import small_onnx


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    small_rows(100).to_parquet(path, index=False)
    return path


def test_each_row_has_an_answer_or_a_reason(settings: Settings, source: Path) -> None:
    seen: list[Progress] = []
    target = source.with_name("scores.parquet")
    result = score_table(
        flats_problem(),
        settings,
        ScoredModel("3", small_onnx(1 / 3)),
        str(source),
        str(target),
        ScoringOptions(part_rows=30, workers=1, keep=("area",)),
        seen.append,
    )
    scores, rows = pd.read_parquet(target), small_rows(100)
    assert scores.id.tolist() == rows.id.tolist()
    assert scores.area.tolist() == rows.area.tolist()
    is_refused = rows.area > 500
    assert (result.rows, result.refused, result.kept) == (100, is_refused.sum(), 0)
    assert seen[-1] == Progress(100, 100, result.refused, 0)
    expected = (rows.area + rows.rooms) * (1 / 3)
    assert scores.prediction[~is_refused].tolist() == expected[~is_refused].tolist()
    assert set(scores.refusal[is_refused]) == {"area: found 900.0, allowed is 10 to 500"}
    assert set(scores.reason[is_refused]) == {"range"}
    assert set(scores.model_version) == {"3"}
    assert set(scores.digest) == {result.digest}


def test_a_querys_rows_have_the_answers_of_a_files(settings: Settings, source: Path) -> None:
    expected = source.with_name("file.parquet")
    score_small(settings, source, expected, part_rows=30, workers=1)
    database = source.with_name("rows.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        small_rows(100).to_sql("sales", connection, index=False)
    scored = source.with_name("query.parquet")
    query = f"sqlite:///{database}?query=SELECT * FROM sales ORDER BY rowid"  # noqa: S608
    model = ScoredModel("3", small_onnx(1 / 3))
    options = ScoringOptions(part_rows=30, workers=1)
    result = score_table(
        flats_problem(), settings, model, query, str(scored), options, lambda _: None
    )
    assert (result.rows, result.kept) == (100, 0)
    answers = ["id", "prediction", "refusal", "reason"]
    assert_frame_equal(pd.read_parquet(scored)[answers], pd.read_parquet(expected)[answers])


def test_a_rerun_keeps_the_parts_of_the_same_job_alone(settings: Settings, source: Path) -> None:
    folder = source.with_name("scores")
    first = score_small(settings, source, folder, part_rows=30, workers=1)
    complete = score_small(settings, source, folder, part_rows=30, workers=1)
    assert complete.kept == 100
    removed = sorted(folder.glob("part-*"))[2]
    whole = removed.read_bytes()
    removed.unlink()
    (folder / f".{removed.name}.killed").write_bytes(whole[:50])
    again = score_small(settings, source, folder, part_rows=30, workers=1)
    assert (first.kept, again.kept, again.refused) == (0, 70, first.refused)
    assert removed.read_bytes() == whole
    assert (folder / "_scoring.json").exists()
    assert not [*folder.glob(".part*")]
    assert pd.read_parquet(folder).row.tolist() == list(range(1, 101))
    # Other rows are another job, which has no place in this folder.
    small_rows(101).to_parquet(source, index=False)
    with pytest.raises(UserError, match=r"which is not of this job .*allowed is an empty folder"):
        score_small(settings, source, folder, part_rows=30, workers=1)


def test_a_part_that_was_changed_is_named(settings: Settings, source: Path) -> None:
    folder = source.with_name("scores")
    score_small(settings, source, folder, part_rows=30, workers=1)
    part = sorted(folder.glob("part-*"))[0]
    pd.read_parquet(part).head(5).to_parquet(part)
    with pytest.raises(
        UserError, match=r"^part-00000-.*: found 5 rows, allowed are 30; delete it$"
    ):
        score_small(settings, source, folder, part_rows=30, workers=1)


def test_one_job_runs_once_at_a_time(settings: Settings, source: Path) -> None:
    folder = source.with_name("scores")
    with (
        LocalParts(folder).locked(),
        pytest.raises(UserError, match="another process scores into it now"),
    ):
        score_small(settings, source, folder)


def test_the_log_has_each_answered_row_once(settings: Settings, source: Path) -> None:
    target = source.with_name("scores.csv")
    settings.folder()
    result = score_small(settings, source, target, part_rows=40, workers=1, is_logged=True)
    path = settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT entity, prediction, version FROM predictions ORDER BY prediction_id, row"
        ).fetchall()
    scores = pd.read_csv(target, float_precision="round_trip")
    answered = scores[scores.refusal.isna()]
    assert len(rows) == result.rows - result.refused
    assert {(entity, value) for entity, value, _ in rows} == set(
        zip(answered.id.astype(str), answered.prediction, strict=True)
    )
