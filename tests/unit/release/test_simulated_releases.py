"""Whole releases on simulated traffic: evidence that grows by the minute, judged and acted on."""

from collections.abc import Generator

import numpy as np
import pytest

from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.verdict import analyse
from homestead.release.evidence import Evidence, Latency, OneSidedFailure, PairedPrediction, Side
from homestead.release.plan import ModelVersion
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import complete, decide
from tests.factories import flats_problem

PROBLEM = flats_problem()
POLICY = ReleasePolicy(
    steps=(0.05, 0.25, 1), min_step_minutes=2, min_step_requests=30, paired_share=0.5, max_hours=1
)
REQUESTS_A_MINUTE = 120
# Yields a minute and all that is known then; is sent the step that the release is at.
Minutes = Generator[tuple[int, Evidence], int, None]


def traffic(seed: int, *, off_by: float = 1.0, fails: float = 0.0) -> Minutes:
    """Yield the requests of each minute after it.

    Args:
        off_by: factor of the challenger's predictions.
        fails: share of requests that the challenger fails on.
    """
    draw = np.random.default_rng(seed)
    found = Evidence()
    step, requests = 0, 0
    for minute in range(61):
        new_step = yield minute, found
        requests = requests if new_step == step else 0
        step = new_step
        share = POLICY.steps[step]
        pairs, failures, latencies = [], [], []
        for i in range(REQUESTS_A_MINUTE):
            subject, at = f"{minute}-{i}", 60.0 * minute + i / 2
            is_paired, has_challenger = draw.random() < POLICY.paired_share, draw.random() < share
            requests += is_paired or has_challenger
            if (is_paired or has_challenger) and draw.random() < fails:
                chance = 0.5 if is_paired else share
                failures.append(OneSidedFailure(subject, at, "challenger", "error", chance))
                continue
            if is_paired:
                rent = float(draw.lognormal(6, 0.3))
                new = float(rent * off_by * draw.normal(1, 0.03))
                pairs.append(PairedPrediction(f"{subject}/0", subject, at, rent, new))
            side: Side = "challenger" if has_challenger else "champion"
            latencies.append(Latency(subject, at, side, float(draw.lognormal(-5, 0.5))))
        found = Evidence(
            (*found.failures, *failures),
            (*found.pairs, *pairs),
            (*found.latencies, *latencies),
            challenger_requests=requests,
        )


def version(number: str) -> ModelVersion:
    return ModelVersion(version=number, digest=number * 64, uri=f"models/{number}/model.onnx")


def released(
    minutes: Minutes,
) -> tuple[ReleaseRecord, list[tuple[int, str]]]:
    """Take a release to its end, or to its 61st minute; return it and its changes by minute."""
    record = ReleaseRecord(
        id="flats-1",
        problem="flats",
        number=1,
        challenger=version("2"),
        champion=version("1"),
        plan_before=None,
        policy=POLICY,
        state="running",
        started_at=0,
        changed_at=0,
        step_since=0,
        deadline=POLICY.max_hours * 3600,
        reason="",
    )
    changes = []
    minute, evidence = next(minutes)
    while not record.has_ended:
        decided = decide(record, analyse(evidence, PROBLEM, POLICY), 60.0 * minute)
        decided = decided or complete(record, 60.0 * minute)
        if decided is not None:
            record = decided
            changes.append((minute, f"{record.state} {record.step}"))
        try:
            minute, evidence = minutes.send(record.step)
        except StopIteration:
            break
    return record, changes


def test_an_equal_model_goes_through_all_steps() -> None:
    record, changes = released(traffic(1))
    assert [change for _, change in changes] == [
        "running 1",
        "running 2",
        "promoting 2",
        "promoted 2",
    ]
    assert changes[-1][0] <= 10
    assert "distance: " in record.reason


@pytest.mark.parametrize(
    ("off_by", "fails", "test"), [(1.6, 0.0, "distance"), (1.0, 0.2, "failures")]
)
def test_a_worse_model_is_rolled_back_in_its_first_step(
    off_by: float, fails: float, test: str
) -> None:
    record, changes = released(traffic(2, off_by=off_by, fails=fails))
    assert [change for _, change in changes] == ["rolling_back 0", "rolled_back 0"]
    assert changes[0][0] <= 3
    assert record.reason.startswith(f"{test}: ")
    assert record.numbers["decided_by"] == test


def test_without_requests_nothing_is_decided_until_the_deadline() -> None:
    def silence() -> Minutes:
        for minute in range(61):
            yield minute, Evidence()

    record, changes = released(silence())
    assert changes == [(60, "rolling_back 0")]
    assert record.reason.startswith("not decided within 1 hours: too little traffic")
