"""Page of a release: a reader finds how far it came, why, the figures and who approved it."""

from typing import Any

import numpy as np
import pytest

from homestead.problem.schema import Problem
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.verdict import analyse
from homestead.release.evidence import Evidence, Latency, OneSidedFailure, PairedPrediction
from homestead.release.plan import ReleasePlan
from homestead.release.record import ReleaseRecord, State, Wish
from homestead.reports.releases.findings import (
    PastAnalysis,
    ReleaseChange,
    ReleaseFindings,
    StepRequests,
)
from homestead.reports.releases.page import failures_by_kind, headline, release_html
from tests.factories import certificate, flats_problem, model_version, release_record
from tests.report_pages import loads_from_network, plot_count, visible_text

START_S = 1_764_000_000.0


@pytest.fixture(scope="module")
def problem() -> Problem:
    return flats_problem()


def evidence(worse: float, rows: int = 400) -> Evidence:
    """Return the evidence on a challenger whose errors are so many times the champion's."""
    random = np.random.default_rng(0)
    pairs = []
    for number in range(rows):
        truth = float(random.lognormal(6, 0.5))
        champion, challenger = truth * (1 + random.normal(0, 0.1, 2) * (1.0, worse))
        at, name = START_S + number, f"{number}:0"
        pairs.append(PairedPrediction(name, name, at, champion, challenger, truth=truth))
    return Evidence(
        failures=(
            OneSidedFailure("a", START_S, "challenger", "timeout", 0.5),
            OneSidedFailure("b", START_S, "champion", "timeout", 0.5),
            OneSidedFailure("c", START_S, "challenger", "out_of_range", 0.5),
        ),
        pairs=tuple(pairs),
        latencies=tuple(
            Latency(f"{side}{number}", START_S + number, side, 0.002)
            for number in range(10)
            for side in ("champion", "challenger")
        ),
        challenger_requests=rows,
        champion_requests=rows,
    )


def page(problem: Problem, worse: float, record: ReleaseRecord, **changes: Any) -> str:
    """Return a release's page, in the middle of its second step."""
    known = evidence(worse)
    analysis = analyse(known, problem, record.policy)
    findings: dict[str, Any] = {
        "changes": (
            ReleaseChange(START_S, "running", 0, 0.05, "started"),
            ReleaseChange(START_S + 200, record.state, 1, 0.25, record.reason, "ada"),
        ),
        "analyses": (PastAnalysis(START_S + 100, analysis), PastAnalysis(START_S + 400, analysis)),
        "evidence": known,
        "requests": {0: StepRequests(20, 380), 1: StepRequests(100, 300)},
        "plan": ReleasePlan(problem="flats", champion=model_version("1")),
        "certificate": certificate(),
    }
    return release_html(record, ReleaseFindings(**{**findings, **changes}), problem, START_S + 500)


def begun(state: State, reason: str, **changes: Any) -> ReleaseRecord:
    return release_record(
        state=state, reason=reason, started_at=START_S, step=1, deadline=START_S + 600, **changes
    )


def test_a_release_that_was_rolled_back_says_why_with_its_numbers(problem: Problem) -> None:
    reason = analyse(evidence(3.0), problem, ReleasePolicy()).reason
    record = begun("rolled_back", reason, ended_at=START_S + 400)
    html = page(problem, 3.0, record)
    text = visible_text(html)
    assert "Rolled back: version 1 answers all requests again." in text
    assert reason[1:] in text.replace("&#39;", "'")
    assert "6 min 40 s from start to end" in text
    assert "120 requests that the challenger predicted" in text
    assert "worse" in text
    assert "timeout 1 1" in text
    assert "out of range 1 0" in text
    assert "challenger 10 2 ms 2 ms 2 ms" in text
    assert "Before version 1" in text
    assert "Better with 95% confidence." in text
    assert plot_count(html) >= 4  # timeline, latency, and the tests that have observations
    assert not loads_from_network(html)


def test_a_release_under_way_says_what_it_waits_for_and_who_approved(problem: Problem) -> None:
    wish = Wish(kind="approve", who="ada <b>", at=START_S + 300)
    policy = ReleasePolicy(approval="required")
    record = begun("awaiting_approval", "nothing speaks against it", wishes=(wish,), policy=policy)
    text = visible_text(page(problem, 1.0, record))
    assert "Version 2 answers 25% of the subjects and waits for approval." in text
    assert "by ada &lt;b&gt;" in text
    assert "Rolled back if not decided by 2025-11-24 16:10:00 UTC" in text
    assert "2025-11-24 16:03:20 awaiting approval 2 25%" in text


def test_a_first_model_and_a_registry_that_is_away_leave_gaps_with_a_reason(
    problem: Problem,
) -> None:
    record = begun("promoted", "first model", champion=None, plan_before=None)
    nothing = {"analyses": (), "evidence": Evidence(), "requests": {}, "certificate": None}
    text = visible_text(page(problem, 1.0, record, **nothing))
    assert "Promoted: version 2 is the champion." in text
    assert "a first model has no champion to be compared with" in text
    assert "None: no model failed" in text
    assert "Its certificate could not be read" in text


def test_every_state_has_a_headline() -> None:
    shadow = release_record(policy=ReleasePolicy(strategy="shadow"))
    assert headline(shadow) == "Version 2 predicts unseen."
    assert headline(release_record()) == "Version 2 answers 5% of the subjects (step 1 of 4)."
    for state in ("waiting", "paused", "promoting", "rolling_back", "superseded"):
        assert headline(release_record(state=state)).endswith(".")


def test_the_most_frequent_kind_of_failure_is_first() -> None:
    counts = failures_by_kind(evidence(1.0).failures)
    assert list(counts) == ["timeout", "out_of_range"]
    assert counts["timeout"] == {"challenger": 1, "champion": 1}
