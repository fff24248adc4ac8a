"""Parts of a problem file: each wrong value is reported at its own key."""

import math
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "My Flats"}, "name: found 'My Flats', allowed are a-z, 0-9 and _"),
        ({"task": "ranking"}, "task: found 'ranking', allowed are 'regression' or 'classif"),
        ({"target": None}, "target: missing"),
        ({"source": ""}, "source: found '', allowed is"),
        ({"columns__area__type": "float"}, "columns.area.type: found 'float', allowed are"),
        ({"columns__area__range": [9, 1]}, "columns.area: found range [9.0, 1.0], allowed is"),
        ({"columns__area__range": [200, math.inf]}, "columns.area.range.1: found inf, allowed is"),
        (
            {"columns__area__range": [1, 10**4000]},
            "columns.area.range.1: found an integer of 13288 bits",
        ),
        ({"columns__area__range": [1, "x"]}, "columns.area.range.1: found 'x', allowed is"),
        ({"columns__area__rnge": [1, 9]}, "columns.area.rnge: unknown key; did you mean range?"),
        ({"columns__lift__range": [0, 1]}, "columns.lift: 'range' is for type integer or number"),
        ({"columns__district__allowed": [None]}, "columns.district.allowed.0: found None, allowed"),
        ({"columns__district__allowed": []}, "columns.district: 'allowed' is an empty list"),
        ({"columns__district__unseen": "other"}, "columns.district: unseen: found 'other', but"),
        ({"columns__district__unseen": "drop"}, "columns.district.unseen: found 'drop', allowed"),
        ({"columns__district__min_count": 3}, "columns.district: 'min_count' is for categories"),
        ({"columns__area__unseen": "missing"}, "columns.area: 'unseen' is for type category"),
        ({"columns__area__max_length": 9}, "columns.area: 'max_length' is for type text"),
        ({"columns__district__allowed": ["n", "n"]}, "columns.district: 'allowed' lists a value"),
        ({"columns__area__allowed": ["1"]}, "columns.area: 'allowed' is for type category"),
        ({"colums": {}}, "colums: unknown key; did you mean columns? allowed are"),
        ({"derived__Block": "1"}, "derived.Block: found 'Block', allowed are a-z"),
        ({"views__flat__query": "SELECT 1"}, "views.flat: give either 'columns', a 'history' or a"),
        ({"views__market__features": None}, "views.market: a 'query' needs 'features'"),
        ({"views__market__ttl_days": 0}, "views.market.ttl_days: found 0, allowed is greater"),
        ({"views__market__missing": "skip"}, "views.market.missing: found 'skip', allowed are"),
        ({"features": []}, "features: found a list, allowed is"),
        ({"candidates": {}}, "candidates: found a dict, allowed is"),
        ({"candidates__ridge__estimator": "os.system"}, "candidates.ridge.estimator: found 'os.s"),
        (
            {"candidates__ridge__init": "sklearn.linear_model.Ridge"},
            "candidates.ridge: init: is for",
        ),
        (
            {"candidates__ridge__encoding": "ordinal"},
            "candidates.ridge: encoding: found 'ordinal', allowed for sklearn.linear_model.Ridge",
        ),
        ({"candidates__ridge__search__alpha": []}, "candidates.ridge: search.alpha: found no va"),
        ({"candidates__ridge__trials": "many"}, "candidates.ridge.trials: found 'many', allowed"),
        ({"split__holdout_from": "2024-02-01"}, "split: validation_from 2024-03-01 must be before"),
        ({"split__holdout_from": "spring"}, "split.holdout_from: found 'spring', allowed is"),
        ({"gate__confidence": 95}, "gate.confidence: found 95, allowed is less than 1"),
        ({"drift__min_rows": 20_000}, "drift: min_rows 20000 is more than max_rows 10000"),
    ],
)
def test_a_wrong_value_is_reported_with_its_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(**changes), "flats.yaml")
    assert f"flats.yaml: {message}" in str(error.value)
