"""Batch scoring against a real server, and through real kills."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pyarrow.parquet as pq
import pytest

from homestead.api.frame_rows import frame_rows
from tests.conftest import CHURN
from tests.scored import churn_rows, score_churn
from tests.serving import Server, World

_NULLABLE = {"satisfaction"}


def _requests(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what a client would send: an empty cell that may not be null is left out."""
    return [
        {name: value for name, value in row.items() if value is not None or name in _NULLABLE}
        for row in frame_rows(rows, set(rows.columns))
    ]


def test_ten_thousand_rows_have_the_bits_that_the_server_gives(
    server: Server, world: World, tmp_path: Path
) -> None:
    rows = churn_rows(10_000)
    source, target = tmp_path / "rows.parquet", tmp_path / "scores.parquet"
    rows.to_parquet(source, index=False)
    model = Path(world.models["boosting"].uri)
    result = score_churn(world.settings.home, model, source, target, part_rows=1_500, workers=2)
    scores = pd.read_parquet(target)
    assert result.rows == len(scores) == 10_000
    # Each key once, in the order of the source.
    assert scores.row.tolist() == list(range(1, 10_001))
    pd.testing.assert_series_equal(scores.customer, rows.customer.astype("int64"))
    requests = _requests(rows)
    is_answered = scores.refusal.isna()
    assert 50 < (~is_answered).sum() < 500
    answered = [requests[i] for i in scores.index[is_answered]]
    answers: list[dict[str, Any]] = []
    for start in range(0, len(answered), 1000):
        response = httpx.post(
            f"{server.url}/predict", json=answered[start : start + 1000], timeout=60
        )
        assert response.status_code == 200, response.text
        assert response.json()["digest"] == scores.digest[0]
        answers += response.json()["predictions"]
    found = scores[is_answered]
    assert found.prediction.tolist() == [answer["prediction"] for answer in answers]
    for name in ("stayed", "left"):
        assert found[f"probability_{name}"].tolist() == [
            answer["probabilities"][name] for answer in answers
        ]
    for i in scores.index[~is_answered][:60]:
        response = httpx.post(f"{server.url}/predict", json=requests[i])
        assert response.status_code >= 400
        assert scores.refusal[i] in response.text
        assert scores.prediction.isna()[i]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_result_does_not_depend_on_the_form_or_on_the_number_of_workers(
    world: World, tmp_path: Path, workers: int, kind: str
) -> None:
    rows = churn_rows(300, seed=1)
    model = Path(world.models["forest"].uri)
    rows.to_parquet(tmp_path / "rows.parquet", index=False)
    source = tmp_path / f"rows.{kind}"
    if kind == "csv":
        rows.to_csv(source, index=False)
    else:
        lines = (json.dumps(row) for row in _requests(rows))
        source.write_text("".join(f"{line}\n" for line in lines))
    target = tmp_path / f"scores.{kind}"
    home = world.settings.home
    score_churn(home, model, tmp_path / "rows.parquet", tmp_path / "scores.parquet")
    score_churn(home, model, source, target, part_rows=70, workers=workers)
    expected = pd.read_parquet(tmp_path / "scores.parquet")
    found = (
        pd.read_csv(target, float_precision="round_trip")
        if kind == "csv"
        else pd.DataFrame([json.loads(line) for line in target.read_text().splitlines()])
    )
    for name in ("row", "customer", "prediction", "probability_left", "reason", "stale_features"):
        assert _values(found[name]) == _values(expected[name]), name


def _values(column: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(value) else value for value in column.tolist()]


def test_killed_runs_leave_the_result_and_the_log_of_one_run(world: World, tmp_path: Path) -> None:
    source, model = tmp_path / "rows.parquet", Path(world.models["forest"].uri)
    churn_rows(630, seed=2).to_parquet(source, index=False)
    home = world.settings.home
    score_churn(home, model, source, tmp_path / "whole.parquet", part_rows=100)
    target = tmp_path / "scores.parquet"
    points = (
        "replace:1:before",  # of the job's own file
        "replace:3:before",  # a part, whose log lines are there
        "replace:4:after",  # a part that is committed, and not yet logged
        "delete:1:before",  # its rows are logged, the file of them still there
        "replace:4:before",  # log lines of a later part
        "delete:2:after",
        "write:2:after",
        "replace:3:before",  # the result itself, whose parts are all there
        "delete:4:after",  # four of the seven parts, which the result was made of
    )
    ended = _run_killed(home, model, source, target, points)
    assert ended == "230"
    whole, scores = pq.read_table(tmp_path / "whole.parquet"), pq.read_table(target)
    assert scores.equals(whole)
    assert len(scores) == 630
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("rows.parquet", "scores.parquet", "whole.parquet")
    ]
    with sqlite3.connect(home / "homestead.db") as connection:
        logged = connection.execute(
            "SELECT count(*), count(DISTINCT prediction_id), min(label) FROM predictions"
            " WHERE version = '1' AND digest = ?",
            [world.models["forest"].digest],
        ).fetchone()
    assert logged[0] == 630 - _refused(whole)
    assert logged[1] == 7


def _refused(table: Any) -> int:
    return len(table) - int(table["refusal"].null_count)


def _run_killed(home: Path, model: Path, source: Path, target: Path, points: Any) -> str:
    command = [sys.executable, "-W", "ignore", "-m", "tests.scored"]
    places = [str(home), str(model), str(source), str(target)]
    ended = subprocess.run(
        [*command, *places, *points],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHURN.parent.parent.parent)},
        timeout=500,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()
