"""Result of a training run: its JSON is what programs read from result.json."""

import json
from typing import Any

from homestead.evaluation.certificate import Estimate
from homestead.pipelines.run_result import CandidateScore, FailedRun, StartedRelease, TrainingResult
from tests.factories import certificate


def training_result(**changes: Any) -> TrainingResult:
    result = TrainingResult(
        run="r1",
        decision="promote",
        reason="better with 95% confidence",
        model="flats",
        metric="mae",
        version="3",
        digest="d" * 64,
        champion_metrics={"mae": Estimate(value=42.5, low=40.5, high=44.5)},
        baseline_metrics={"mae": 90.0},
        candidates=(
            CandidateScore(name="forest", metric="mae", value=41.0),
            CandidateScore(name="<b>ridge</b>", metric="mae", value=None),
        ),
        reports={"data_sheet": "/tmp/a home/data_sheet.html"},  # noqa: S108
        seconds=1.5,
        certificate=certificate(),
        unit="EUR",
    )
    return result.model_copy(update=changes)


def test_a_result_is_written_with_the_metric_as_a_key() -> None:
    result = training_result()
    content = json.loads(result.to_json())
    assert list(content) == [
        *("run", "decision", "reason", "model", "metric", "version", "digest"),
        *("champion_metrics", "baseline_metrics", "candidates", "reports", "seconds", "release"),
    ]
    assert result.release_lines() == []
    started = StartedRelease(id="churn-2", version="2", is_under_way=True, state="running")
    lines = result.model_copy(update={"release": started}).release_lines()
    assert lines[0] == "release churn-2 of version 2: running"
    assert "homestead watch" in lines[1]
    assert content["champion_metrics"] == {"mae": {"value": 42.5, "low": 40.5, "high": 44.5}}
    assert content["candidates"] == [
        {"name": "forest", "mae": 41.0},
        {"name": "<b>ridge</b>", "mae": None},
    ]


def test_a_failed_run_has_a_reason() -> None:
    content = json.loads(FailedRun(reason="ingest: no such file", model="churn").to_json())
    assert content == {"decision": "failed", "reason": "ingest: no such file", "model": "churn"}


def test_a_result_says_in_lines_what_was_decided_and_why() -> None:
    result = training_result()
    assert result.summary_lines() == [
        "decision: promote, flats version 3",
        "new model: mae 42.5 EUR (40.5 to 44.5) on 2,877 rows of the holdout",
        "champion, version 3: mae 50 EUR (48 to 52)",
        "baseline: mae 90 EUR",
        "gate: better with 95% confidence",
    ]
    assert (result.estimate.value, result.promoted_version) == (42.5, "3")
    assert result.champion_estimate is not None
    kept = training_result(decision="keep", certificate=certificate(decision="keep"))
    assert kept.promoted_version is None
    assert kept.summary_lines()[0] == "decision: keep, flats"
    started = StartedRelease(id="flats-4", version="4", is_under_way=True, state="running")
    assert training_result(release=started).promoted_version == "4"


def test_a_notebook_shows_a_result_with_its_texts_escaped() -> None:
    html = training_result()._repr_html_()
    for text in (
        "flats, version 3",
        "42.5 EUR (40.5 to 44.5)",
        "&lt;b&gt;ridge&lt;/b&gt;",
        "file:///tmp/a%20home/data_sheet.html",
    ):
        assert text in html
    assert "<b>" not in html
