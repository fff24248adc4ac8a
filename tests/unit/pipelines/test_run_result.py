"""Result of a training run: its JSON is what programs read from result.json."""

import json

from homestead.evaluation.certificate import Estimate
from homestead.pipelines.run_result import CandidateScore, FailedRun, StartedRelease, TrainingResult


def test_a_result_is_written_with_the_metric_as_a_key() -> None:
    result = TrainingResult(
        run="r1",
        decision="promote",
        reason="there is no champion",
        model="churn",
        version="1",
        digest="d" * 64,
        champion_metrics={"log_loss": Estimate(value=0.5, low=0.4, high=0.6)},
        baseline_metrics={"log_loss": 0.7},
        candidates=(CandidateScore(name="forest", metric="log_loss", value=0.5),),
        reports={"data_sheet": "/tmp/data_sheet.html"},  # noqa: S108
        seconds=1.5,
    )
    content = json.loads(result.to_json())
    assert list(content) == [
        *("run", "decision", "reason", "model", "version", "digest", "champion_metrics"),
        *("baseline_metrics", "candidates", "reports", "seconds", "release"),
    ]
    assert result.release_lines() == []
    started = StartedRelease(id="churn-2", version="2", is_under_way=True, state="running")
    lines = result.model_copy(update={"release": started}).release_lines()
    assert lines[0] == "release churn-2 of version 2: running"
    assert "homestead watch" in lines[1]
    assert content["champion_metrics"] == {"log_loss": {"value": 0.5, "low": 0.4, "high": 0.6}}
    assert content["candidates"] == [{"name": "forest", "log_loss": 0.5}]


def test_a_failed_run_has_a_reason() -> None:
    content = json.loads(FailedRun(reason="ingest: no such file", model="churn").to_json())
    assert content == {"decision": "failed", "reason": "ingest: no such file", "model": "churn"}
