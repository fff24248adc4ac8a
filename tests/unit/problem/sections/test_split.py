"""The split of a problem file: what it may say."""

from typing import Any

import pytest
import yaml

from homestead.errors import UserError
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.sections.split import ColumnSplit
from tests.split_problem import split_problem


@pytest.mark.parametrize(
    "split",
    [
        {"validation_from": "2024-01-01", "holdout_from": "2024-02-01T12:30"},
        {"validation_from": "last 20%", "holdout_from": "last 10%"},
        {"kind": "random"},
        {"kind": "stratified", "validation": 0.1, "holdout": 0.3},
        {"kind": "grouped", "column": "shop", "seed": 3},
        {"kind": "column", "column": "part", "train": ["fit", "tune"], "holdout": ["test"]}
        | {"validation": ["none"]},
    ],
)
def test_a_written_split_is_read_again_as_it_was(split: dict[str, Any]) -> None:
    problem = split_problem(split)
    assert parse_problem(dump_problem(problem)).split == problem.split


@pytest.mark.parametrize(
    ("split", "changes", "message"),
    [
        (
            {"validation_from": "last 10%", "holdout_from": "last 20%"},
            {},
            "split: validation_from last 10% must be before holdout_from last 20%",
        ),
        (
            {"validation_from": "soon", "holdout_from": "last 20%"},
            {},
            "split.validation_from: found 'soon', allowed is a date",
        ),
        (
            {"validation_from": "last 100%", "holdout_from": "last 20%"},
            {},
            "split: validation_from: found 'last 100%', allowed is more than 0%, below 100%",
        ),
        (
            {"validation_from": "2024-01-01", "holdout_from": "2024-02-01"},
            {"timestamp": None},
            "split: found times, but the problem has no timestamp; name one",
        ),
        ({"kind": "share"}, {}, "split: found kind 'share', allowed are 'time', 'random'"),
        ({"kind": "random", "by": "x"}, {}, "split.by: unknown key; allowed are holdout, kind"),
        (
            {"kind": "random", "validation": 0.5, "holdout": 0.5},
            {},
            "split: validation 0.5 and holdout 0.5 leave no rows to train on",
        ),
        ({"kind": "grouped"}, {}, "split.column: missing"),
        ({"kind": "grouped", "column": "kind"}, {}, "split.column: found 'kind', allowed are"),
        (
            {"kind": "column", "column": "part"},
            {},
            "split: part allows 'fit', which is in none of train, validation, holdout",
        ),
        (
            {"kind": "column", "column": "x"},
            {"features": ["shop"]},
            "split.column: column x is of type number, allowed is category, boolean or integer",
        ),
        (
            {"kind": "column", "column": "part", "train": "fit", "validation": ["tune"]}
            | {"holdout": "test"},
            {"features": ["part"]},
            "features: part says a row's part (split.column), which is no input",
        ),
    ],
)
def test_a_split_that_cannot_be_is_refused_by_its_key(
    split: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        split_problem(split, **changes)
    assert str(error.value).removeprefix("problem: ").startswith(message)


def test_values_of_parts_need_no_quotes() -> None:
    split = ColumnSplit.model_validate(
        yaml.safe_load(
            "{kind: column, column: part, train: [1, yes, 2014-01-01], validation: 2, holdout: 2.5}"
        )
    )
    assert split.train == ("1", "true", "2014-01-01")
    assert (split.validation, split.holdout) == (("2",), ("2.5",))
