"""Evidence read from the prediction log: what counts, in which order, and how much of it."""

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.entries import FailureEntry, FeedbackEntry, LogLine, PredictionEntry
from homestead.prediction_log.evidence import new_observations
from homestead.prediction_log.evidence.new_observations import (
    count_step_requests,
    observe,
    read_evidence,
)
from homestead.prediction_log.evidence.observations import EvidenceUnavailableError
from homestead.prediction_log.evidence.row_slices import RowSlices
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.feedback_verdicts import FeedbackJudge
from homestead.release.evidence import Side
from homestead.release.record import ReleaseRecord
from tests.factories import model_version, prediction_entry, release_record

RELEASE = release_record()
CHAMPION, CHALLENGER = model_version("1").digest, model_version("2").digest


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def answer(name: str, *values: float, digest: str = CHAMPION, step: int = 0) -> PredictionEntry:
    """Return the line of an answered request of a subject of the same name."""
    entry = prediction_entry(name, *values)
    entry.digest, entry.entities = digest, [name] * len(values)
    entry.release, entry.latency_s = f"flats-1/{step}", 0.004
    return entry


def pair(name: str, champion: float, challenger: float, step: int = 0) -> list[LogLine]:
    """Return the lines of a request that the champion answered and both predicted."""
    shadow = answer(f"{name}-shadow", challenger, digest=CHALLENGER, step=step)
    shadow.shadow_of, shadow.latency_s, shadow.entities = name, None, [name]
    return [answer(name, champion, step=step), shadow]


def send(engine: sa.Engine, prediction_id: str, truth: float) -> None:
    """Log feedback, and judge it."""
    now = time.time()
    feedback = FeedbackEntry(
        f"feedback-{prediction_id}-{truth}", "homes", now, prediction_id, [truth]
    )
    insert_lines(engine, [feedback])
    FeedbackJudge(engine, "homes").judge_page()


def ids(engine: sa.Engine, release: ReleaseRecord = RELEASE) -> list[tuple[str, float | None]]:
    return [(pair.id, pair.truth) for pair in read_evidence(engine, release).pairs]


def test_what_became_known_later_comes_later_and_nothing_twice(engine: sa.Engine) -> None:
    insert_lines(engine, [*pair("m", 1.0, 2.0), *pair("z", 3.0, 4.0)])
    observe(engine, RELEASE)
    observe(engine, RELEASE)
    insert_lines(engine, pair("a", 5.0, 6.0))
    send(engine, "z", 9.0)
    send(engine, "z", 8.0)  # contradicts the first, and does not count
    observe(engine, RELEASE)
    send(engine, "m", 7.0)
    observe(engine, RELEASE)
    expected = [("m:0", None), ("z:0", None), ("a:0", None), ("z:0", 9.0), ("m:0", 7.0)]
    assert ids(engine) == expected
    observe(engine, RELEASE)
    assert ids(engine) == expected
    first = read_evidence(engine, RELEASE).pairs[0]
    # The factory's model predicts twice the area.
    assert (first.champion, first.challenger) == (2.0, 4.0)


def test_either_model_may_have_answered_a_pair(engine: sa.Engine) -> None:
    lines = [answer("r", 5.0, 6.0, digest=CHALLENGER), answer("s", 1.0, 2.0)]
    lines[1].shadow_of = "r"
    insert_lines(engine, lines)
    observe(engine, RELEASE)
    pairs = read_evidence(engine, RELEASE).pairs
    assert [(p.id, p.champion, p.challenger) for p in pairs] == [
        ("r:0", 2.0, 10.0),
        ("r:1", 4.0, 12.0),
    ]


def test_only_rows_of_this_release_and_these_models_count(engine: sa.Engine) -> None:
    other_release, other_model = pair("p", 1.0, 2.0), pair("q", 1.0, 2.0)
    before = [answer("r", 1.0, digest=CHALLENGER)]
    for line in other_release:
        assert isinstance(line, PredictionEntry)
        line.release = "flats-10/0"
    assert isinstance(other_model[1], PredictionEntry)
    other_model[1].digest = "c" * 64
    before[0].release = None
    insert_lines(engine, [*other_release, *other_model, *before])
    observe(engine, RELEASE)
    evidence = read_evidence(engine, RELEASE)
    assert not evidence.pairs
    assert (evidence.challenger_requests, evidence.champion_requests) == (0, 1)


def test_earlier_steps_are_evidence_and_requests_are_those_of_the_present_one(
    engine: sa.Engine,
) -> None:
    insert_lines(engine, [*pair("a", 1.0, 2.0), *pair("b", 1.0, 2.0, step=1)])
    insert_lines(engine, [answer("c", 1.0, digest=CHALLENGER, step=1)])
    later = RELEASE.model_copy(update={"step": 1})
    observe(engine, later)
    evidence = read_evidence(engine, later)
    assert [pair.id for pair in evidence.pairs] == ["a:0", "b:0"]
    assert (evidence.challenger_requests, evidence.champion_requests) == (2, 1)
    sides = [(latency.side, latency.seconds) for latency in evidence.latencies]
    assert sorted(sides) == [("challenger", 0.004), ("champion", 0.004), ("champion", 0.004)]


def test_what_one_look_finds_is_in_the_order_of_requests(engine: sa.Engine) -> None:
    lines = [answer(f"{n}", 1.0, digest=(CHAMPION, CHALLENGER)[n % 2]) for n in range(6)]
    for number, line in enumerate(lines):
        line.timestamp_s = 1000.0 + number
    insert_lines(engine, lines[::-1])
    observe(engine, RELEASE)
    sides = [latency.side for latency in read_evidence(engine, RELEASE).latencies]
    assert sides == ["champion", "challenger"] * 3


def failure(name: str, subject: str, share: float = 0.05, digest: str = CHALLENGER) -> FailureEntry:
    side = "challenger" if digest == CHALLENGER else "champion"
    return FailureEntry(
        name, "homes", "flats-1/0", 5.0, subject, side, "timeout", "2", digest, share
    )


def test_a_subject_fails_once_for_each_share(engine: sa.Engine) -> None:
    lines = [failure("b", "s"), failure("c", "s"), failure("d", "s", 0.5)]
    insert_lines(engine, [*lines, failure("e", "t", digest=CHAMPION), failure("f", "u", 0.5, "c")])
    observe(engine, RELEASE)
    expected = [("s", "challenger", 0.05), ("s", "challenger", 0.5), ("t", "champion", 0.05)]

    def failures() -> list[tuple[str, str, float]]:
        known = read_evidence(engine, RELEASE).failures
        return [(item.subject, item.side, item.challenger_share) for item in known]

    assert failures() == expected
    insert_lines(engine, [failure("g", "s"), failure("h", "v")])
    observe(engine, RELEASE)
    assert failures() == [*expected, ("v", "challenger", 0.05)]


def test_requests_are_counted_by_step(engine: sa.Engine) -> None:
    insert_lines(engine, [*pair("a", 1.0, 2.0), answer("b", 1.0, digest=CHALLENGER, step=1)])
    assert count_step_requests(engine, RELEASE.model_copy(update={"step": 1})) == {
        0: {"champion": 1, "challenger": 1},
        1: {"champion": 0, "challenger": 1},
    }


def test_a_sample_is_bounded_and_late_rows_still_enter_it(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_observations, "MAX_PAIRS", 20)
    names = [f"{number:04}" for number in range(200)]
    lines = [line for name in names[:100] for line in pair(name, 1.0, 2.0)]
    insert_lines(engine, lines)
    observe(engine, RELEASE)
    assert len(ids(engine)) == 20
    insert_lines(engine, [line for name in names[100:] for line in pair(name, 1.0, 2.0)])
    observe(engine, RELEASE)
    # Of the second half about half of the 20 lowest numbers.
    later = ids(engine)[20:]
    assert 0 < len(later) < 20
    assert all(name >= "0100" for name, _ in later)


def test_rows_have_the_slices_of_the_certificate(engine: sa.Engine) -> None:
    insert_lines(engine, pair("a", 1.5, 2.0))
    slices = RowSlices({"area": ["0 to 1", "1 to 3"], "floor": ["1", "2"]})
    observe(engine, RELEASE, {"champion": slices, "challenger": RowSlices()})
    assert read_evidence(engine, RELEASE).pairs[0].slices == {"area": "1 to 3"}


def test_a_logged_code_is_that_of_the_model_that_answered(engine: sa.Engine) -> None:
    names = {"area": ["2", "3"]}
    slices: dict[Side, RowSlices] = {
        "champion": RowSlices(names, {"area": ["3", "2"]}),
        "challenger": RowSlices(names, {"area": ["1", "2", "3"]}),
    }
    answered = [answer("r", 1.0, digest=CHALLENGER), answer("r-shadow", 0.0)]
    answered[1].shadow_of = "r"
    insert_lines(engine, [*pair("a", 1.0, 2.0), *answered])
    observe(engine, RELEASE, slices)
    found = {pair.id: pair.slices for pair in read_evidence(engine, RELEASE).pairs}
    assert found == {"a:0": {"area": "2"}, "r:0": {"area": "2"}}


def test_an_empty_log_is_no_evidence(database_url: str) -> None:
    engine = open_database(database_url)
    observe(engine, RELEASE)
    assert not read_evidence(engine, RELEASE).pairs
    engine.dispose()


def test_a_database_that_is_away_is_not_evidence() -> None:
    engine = open_database("postgresql://nobody@127.0.0.1:9/none")
    for read in (observe, read_evidence):
        with pytest.raises(EvidenceUnavailableError, match="evidence of release flats-1: "):
            read(engine, RELEASE)
    engine.dispose()
