"""Slices of a release's rows, and what its models learnt."""

from pathlib import Path

from homestead.problem.sections.column import Column
from homestead.release.learnt import LearntValues
from homestead.steps.releases.evidence import learnt_values, problem_slices
from tests.factories import flats_problem, model_version
from tests.small_models import save_version

OPEN = Column(type="category")
SLICED = flats_problem().model_copy(
    update={"columns": {**flats_problem().columns, "zone": OPEN}, "slices": ("zone",)}
)


def test_a_learnt_category_has_the_slices_of_its_texts_not_of_its_codes() -> None:
    ranges = {"zone": ("1", "2")}
    # By their frequency in train; a code says nothing until these are known.
    assert problem_slices(SLICED, ranges).of({"zone": 1.0}) == {}
    slices = problem_slices(SLICED, ranges, {"zone": ("2", "1", "other")})
    assert [slices.of({"zone": code}) for code in (0.0, 1.0, 2.0)] == [
        {"zone": "2"},
        {"zone": "1"},
        {},
    ]


def test_what_both_models_learnt_is_read_from_their_files(tmp_path: Path) -> None:
    zones = (("a", "b"), ("b", "c"))
    old, new = (
        save_version(
            tmp_path,
            str(number),
            columns={"zone": Column(type="category", allowed=allowed)},
            features=("zone",),
        )
        for number, allowed in enumerate(zones)
    )
    assert learnt_values(SLICED, new, old).categories == {
        "champion": {"zone": zones[0]},
        "challenger": {"zone": zones[1]},
    }
    # A problem that lists all, a first model, and a file that is away need and have none.
    assert learnt_values(flats_problem(), new, model_version("9")) == LearntValues()
    assert learnt_values(SLICED, new, None) == LearntValues()
    assert learnt_values(SLICED, new, model_version("9")) == LearntValues()
