"""Select step: the best validation metric wins, by the metric's own direction."""

import hashlib
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.steps.select import select_candidate
from homestead.training.candidate_summary import CandidateSummary, SelectedCandidate
from tests.factories import candidate_summary, flats_problem


def trained(folder: Path, name: str, **validation: float | None) -> tuple[CandidateSummary, Path]:
    """Return a candidate's summary and its model file, which holds the name."""
    path = folder / name
    path.write_text(name)
    digest = hashlib.sha256(name.encode()).hexdigest()
    undefined = {
        n: "2 of 9 predictions are not finite numbers" for n, v in validation.items() if v is None
    }
    summary = candidate_summary(name, digest=digest, validation=validation, undefined=undefined)
    return summary, path


def select(
    problem: Problem, folder: Path, *candidates: tuple[CandidateSummary, Path]
) -> SelectedCandidate:
    return select_and_report(problem, folder, [], *candidates)


def select_and_report(
    problem: Problem, folder: Path, lines: list[str], *candidates: tuple[CandidateSummary, Path]
) -> SelectedCandidate:
    summaries, models = zip(*candidates, strict=True)
    winner = folder / "winner"
    selected = select_candidate(
        problem, summaries, models[::-1], winner=winner, report=lines.append
    )
    assert winner.read_text() == selected.name
    return selected


def test_the_smallest_error_wins(tmp_path: Path) -> None:
    a, b = trained(tmp_path, "a", mae=50.0), trained(tmp_path, "b", mae=40.0)
    selected = select(flats_problem(), tmp_path, a, b)
    assert selected.name == "b"
    assert selected.all_candidates == {"a": 50.0, "b": 40.0}


def test_the_largest_r2_wins(tmp_path: Path) -> None:
    by_r2 = flats_problem().model_copy(update={"metric": "r2"})
    a, b = trained(tmp_path, "a", r2=0.9), trained(tmp_path, "b", r2=0.8)
    assert select(by_r2, tmp_path, a, b).name == "a"


def test_of_equal_candidates_the_first_by_name_wins(tmp_path: Path) -> None:
    b, a = trained(tmp_path, "b", mae=40.0), trained(tmp_path, "a", mae=40.0)
    assert select(flats_problem(), tmp_path, b, a).name == "a"


def test_a_candidate_without_a_value_is_never_chosen(tmp_path: Path) -> None:
    a, b = trained(tmp_path, "a", mae=None), trained(tmp_path, "b", mae=40.0)
    lines: list[str] = []
    selected = select_and_report(flats_problem(), tmp_path, lines, a, b)
    assert selected.name == "b"
    assert selected.all_candidates == {"a": None, "b": 40.0}
    assert lines == [
        "not chosen, without mae on validation: a: 2 of 9 predictions are not finite numbers",
        "b with mae 40.0000 on validation",
    ]
    with pytest.raises(UserError, match="no candidate has mae on validation: a: 2 of 9 predict"):
        select(flats_problem(), tmp_path, a)


def test_a_winner_without_its_file_is_refused(tmp_path: Path) -> None:
    summary, _ = trained(tmp_path, "a", mae=40.0)
    _, other = trained(tmp_path, "b", mae=50.0)
    with pytest.raises(
        UserError, match=f"no file of candidate a with digest {summary.digest[:12]}"
    ):
        select(flats_problem(), tmp_path, (summary, other))
