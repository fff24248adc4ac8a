"""What is scored: what a command names, or the problem file."""

import pytest

from homestead.errors import UserError
from homestead.problem.sections.loop.scoring import Scoring
from homestead.scoring.job import ScoringOptions, job_id
from homestead.scoring.outcome import Progress
from homestead.scoring.wishes import progress_line, scoring_wishes
from tests.factories import flats_problem

_DECLARED = Scoring(source="s3://a/rows/", target="s3://a/b.csv", log=True, keep=("floor",))


def test_the_problem_says_what_is_not_given() -> None:
    problem = flats_problem().model_copy(update={"scoring": _DECLARED})
    found = scoring_wishes(problem, None, None, {"features": "point-in-time", "keep": None})
    assert found.source == "s3://a/rows/"
    assert found.options == ScoringOptions("point-in-time", is_logged=True, keep=("floor",))
    # A table that the command names is another one, with options of its own.
    assert scoring_wishes(problem, "a.csv", "b.csv", {}).options == ScoringOptions()
    with pytest.raises(UserError, match=r"^flats: found neither SOURCE and TARGET nor the key"):
        scoring_wishes(flats_problem(), None, None, {})


@pytest.mark.parametrize("schedule", ["daily", "0 5 * *"])
def test_a_schedule_has_five_fields(schedule: str) -> None:
    with pytest.raises(ValueError, match=f"found '{schedule[:5]}"):
        Scoring(source="a", target="b", schedule=schedule)


def test_a_job_is_the_same_whatever_the_number_of_processes() -> None:
    given = {"data_hash": "a", "digest": "b", "target": "c", "features_hash": ""}
    job = job_id(ScoringOptions(workers=1), **given)
    assert job == job_id(ScoringOptions(workers=7), **given)
    others = [job_id(ScoringOptions(), **given | {name: "x"}) for name in given]
    others.append(job_id(ScoringOptions(is_logged=True), **given))
    assert len({job, *others}) == 6


def test_progress_says_what_an_earlier_run_has_done() -> None:
    assert progress_line(Progress(50_000, 1_000_000, 0, 0)) == "50,000 of 1,000,000 rows scored"
    assert progress_line(Progress(5, 9, 2, 3)) == (
        "5 of 9 rows scored, 2 refused, 3 of them by an earlier run"
    )
