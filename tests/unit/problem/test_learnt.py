"""Learnt parts of a problem: the values of categories without a list."""

import math

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.encoding import encode_column, encode_stored, feature_matrix
from homestead.problem.learnt import resolve_problem
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.values.categories import stored_category
from tests.problem_text import changed_flats

COUNTS = {"south": 9, "north": 12, "west": 9, "rare": 3, "east": 1}


def open_problem(**district: object) -> Problem:
    """Return the flats with a district whose values are learnt."""
    column = {"type": "category", "nullable": True, **district}
    return parse_problem(changed_flats(columns__district=column))


def dataset(counts: dict[str, int] = COUNTS, holdout: str = "new") -> pd.DataFrame:
    """Return training rows with districts, a missing one, and one in the holdout alone."""
    values = [text for text, count in counts.items() for _ in range(count)]
    splits = ["train"] * (len(values) + 1) + ["validation", "holdout"]
    values = [*values, None, holdout, holdout]  # type: ignore[list-item]
    return pd.DataFrame({"district": pd.Series(values, dtype=object), "split": splits})


def test_values_of_train_are_learnt_in_a_stable_order_and_rare_ones_are_others() -> None:
    problem, rows = open_problem(), dataset()
    column = resolve_problem(problem, rows).columns["district"]
    assert (column.allowed, column.unseen) == (("north", "south", "west", "other"), "other")
    shuffled = rows.sample(frac=1, random_state=1)
    assert resolve_problem(problem, shuffled).columns["district"] == column


def test_a_resolved_problem_stays_as_it_is() -> None:
    problem = resolve_problem(open_problem(), dataset())
    assert resolve_problem(problem, dataset({"else": 9})) is problem


@pytest.mark.parametrize(
    ("keys", "allowed", "unseen"),
    [
        ({"min_count": 1}, ("north", "south", "west", "rare", "east"), "missing"),
        ({"min_count": 10}, ("north", "other"), "other"),
        ({"max_values": 1}, ("north", "other"), "other"),
        ({"unseen": "missing"}, ("north", "south", "west", "rare", "east"), "missing"),
        ({"unseen": "missing", "min_count": 5}, ("north", "south", "west"), "missing"),
        ({"unseen": "refuse"}, ("north", "south", "west", "rare", "east"), "refuse"),
        ({"other": "south"}, ("north", "west", "south"), "other"),
        ({"min_count": 1, "other": "rare"}, ("north", "south", "west", "east", "rare"), "other"),
    ],
)
def test_keys_decide_what_is_learnt(keys: dict, allowed: tuple, unseen: str) -> None:  # type: ignore[type-arg]
    column = resolve_problem(open_problem(**keys), dataset()).columns["district"]
    assert (column.allowed, column.unseen) == (allowed, unseen)


def test_rare_and_unseen_values_get_the_code_of_others_and_missing_ones_none() -> None:
    column = resolve_problem(open_problem(), dataset()).columns["district"]
    values = pd.Series(["south", "rare", "never seen", None], dtype=object)
    np.testing.assert_array_equal(encode_column(values, column), [1, 3, 3, math.nan])
    missing = column.model_copy(update={"unseen": "missing"})
    np.testing.assert_array_equal(encode_column(values, missing), [1, math.nan, math.nan, math.nan])


def test_a_column_without_values_in_train_has_others_alone() -> None:
    rows = dataset({})
    column = resolve_problem(open_problem(), rows).columns["district"]
    assert column.allowed == ("other",)


def test_views_store_what_does_not_depend_on_the_training_set() -> None:
    problem = open_problem()
    resolved = resolve_problem(problem, dataset()).columns["district"]
    values = pd.Series(["south", "never seen", None, "south"], dtype=object)
    stored = encode_stored(values, problem.columns["district"])
    np.testing.assert_array_equal(encode_stored(values, resolved), stored)
    assert stored[0] == stored[3] == stored_category("south") < 2**53
    assert stored[0] % 1 == 0
    assert stored[0] != stored[1]
    assert math.isnan(stored[2])


def test_the_contract_holds_what_was_learnt() -> None:
    resolved = resolve_problem(open_problem(min_count=9), dataset())
    contract = Contract.from_problem(resolved)
    assert Contract.model_validate_json(contract.model_dump_json()) == contract
    position = contract.features.index("district")
    rows = dataset().assign(**{n: 1.0 for n in contract.features if n != "district"})
    matrix = feature_matrix(rows, contract)
    assert np.nanmax(matrix[:, position]) == 3


def class_problem(**candidate: object) -> Problem:
    """Return a classification of districts without a list of them."""
    logistic = {"estimator": "sklearn.linear_model.LogisticRegression", **candidate}
    text = changed_flats(
        task="classification",
        metric="log_loss",
        target="district",
        features=["area"],
        slices=[],
        gate=None,
        candidates={"logistic": logistic},
        columns__district={"type": "category"},
    )
    return parse_problem(text)


def test_classes_are_those_before_the_holdout_in_natural_order() -> None:
    rows = dataset({"10": 3, "9": 1, "grade 10": 1, "grade 9": 2}, holdout="11").dropna()
    column = resolve_problem(class_problem(), rows).columns["district"]
    assert column.allowed == ("9", "10", "11", "grade 9", "grade 10")


def test_one_class_alone_is_an_error() -> None:
    rows = dataset({"north": 3}, holdout="north").dropna()
    with pytest.raises(UserError, match="found only 'north' before the holdout"):
        resolve_problem(class_problem(), rows)


def test_a_parameter_of_an_unknown_class_is_an_error_once_classes_are_known() -> None:
    problem = class_problem(parameters={"class_weight": {"north": 2.0, "nroth": 1.0}})
    with pytest.raises(UserError, match="class_weight: found 'nroth', allowed are"):
        resolve_problem(problem, dataset().dropna())
