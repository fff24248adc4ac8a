"""Weights, costs, calibration, intervals and quantiles that cannot be."""

from typing import Any

import pytest

from homestead.errors import UserError
from tests.target_problems import target_problem

YES_NO = "{type: category, allowed: [no, yes]}"
REGRESSION: dict[str, Any] = {"task": "regression", "metric": "mae"}


@pytest.mark.parametrize(
    ("target", "changes", "message"),
    [
        (YES_NO, {"weights": {}}, "weights: found neither 'column' nor 'classes'"),
        (YES_NO, {"weights": {"column": "a"}}, "weights.column: a is a feature"),
        (YES_NO, {"weights": {"column": "day"}}, "weights.column: found 'day', allowed are"),
        (YES_NO, {"weights": {"classes": {"maybe": 2}}}, "weights.classes: found 'maybe'"),
        (YES_NO, {"weights": {"classes": {"yes": 0}}}, "weights.classes.yes: found 0, allowed"),
        (YES_NO, {"weights": {"classes": "balanced", "scoring": True}}, "needs 'weights.column'"),
        (
            "{type: number}",
            REGRESSION | {"weights": {"classes": "balanced"}},
            "weights.classes: is",
        ),
        (YES_NO, {"costs": {"yes": {"no": 5}}}, "costs: found no cost of an error on 'no'"),
        (YES_NO, {"costs": {"yes": {"yes": 5, "no": 1}}}, "a right answer costs 0"),
        (YES_NO, {"costs": {"yes": {"maybe": 5}}}, "costs.yes: found 'maybe', allowed are no, yes"),
        (YES_NO, {"costs": {"yes": {"no": -1}}}, "costs.yes.no: found -1, allowed is"),
        (YES_NO, {"metric": "cost"}, "metric: found 'cost', which needs the key 'costs'"),
        (YES_NO, {"interval": {}}, "interval: is for a regression"),
        (YES_NO, {"quantile": 0.5}, "quantile: is for a regression"),
        ("{type: number}", REGRESSION | {"calibration": "sigmoid"}, "calibration: is for a class"),
        (
            "{type: number}",
            REGRESSION | {"metric": "quantile_loss"},
            "metric: found 'quantile_loss', which needs the key 'quantile'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(
    target: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        target_problem(target, **changes)
