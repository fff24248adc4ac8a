"""What models learnt from their training sets is known to their release."""

import pytest

from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.release.analysis.losses import labelled_pairs
from homestead.release.evidence import PairedPrediction
from homestead.release.learnt import LearntValues
from tests.factories import flats_problem
from tests.homes import homes_contract

OPEN = Column(type="category")


def mails(**changes: object) -> Problem:
    """Return a problem that lists neither its classes nor the values of a sliced category."""
    columns = {**flats_problem().columns, "mail": OPEN, "zone": OPEN}
    update = {
        **{"task": "classification", "target": "mail", "metric": "log_loss"},
        **{"columns": columns, "slices": ("zone", "area")},
    }
    return flats_problem().model_copy(update={**update, **changes})


def learnt(
    problem: Problem, champion: tuple[str, ...] = ("ham", "spam"), zones: tuple[str, ...] = ("2",)
) -> LearntValues:
    zone = Column(type="category", allowed=zones)
    one = homes_contract(classes=champion, columns={"zone": zone})
    two = homes_contract(
        classes=("ham", "spam"), columns={"zone": zone.model_copy(update={"allowed": ("1", "2")})}
    )
    return LearntValues.of(problem, {"champion": one, "challenger": two})


def pair() -> PairedPrediction:
    """Return a pair that is right on both sides, by one of them with less confidence."""
    return PairedPrediction(
        *("p/0", "s", 0.0, 0.9, 0.6),
        champion_label="spam",
        challenger_label="spam",
        truth_label="spam",
    )


def test_two_learnt_classes_are_judged_by_their_probability() -> None:
    problem = mails()
    assert labelled_pairs([pair()], problem).mean_loss == "share of wrong classes"
    resolved = learnt(problem).resolve(problem)
    assert resolved.classes == ("ham", "spam")
    judged = labelled_pairs([pair()], resolved)
    assert judged.mean_loss == "mean squared error of the probability"
    assert judged.differences.difference[0] == pytest.approx(0.4**2 - 0.1**2)


def test_models_of_other_classes_are_judged_by_the_class_alone() -> None:
    problem = mails()
    resolved = learnt(problem, champion=("ham", "junk", "spam")).resolve(problem)
    assert resolved.classes == ("ham", "spam", "junk")
    assert labelled_pairs([pair()], resolved).mean_loss == "share of wrong classes"


def test_each_model_has_its_own_codes_of_a_sliced_category() -> None:
    assert learnt(mails()).categories == {
        "champion": {"zone": ("2",)},
        "challenger": {"zone": ("1", "2")},
    }


def test_what_the_problem_file_lists_stays() -> None:
    columns = {**mails().columns, "mail": Column(type="category", allowed=("a", "b"))}
    listed = mails(columns=columns, slices=("district",))
    assert learnt(listed) == LearntValues()
    assert learnt(mails()).resolve(listed) is listed
