"""Checks between the fields of a problem file."""

from typing import Any

import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "flat"}, "key: found 'flat', allowed are id, listed, rent"),
        ({"key": "area"}, "key: column area is of type number"),
        ({"key": "rent"}, "target: rent is already the key"),
        ({"timestamp": "area"}, "timestamp: column area is of type number"),
        ({"target": "district"}, "target: column district is of type category"),
        ({"task": "classification"}, "target: column rent is of type number, allowed for a class"),
        ({"columns__id__nullable": True}, "columns.id.nullable: found true, but the key cannot"),
        ({"columns__split": {"type": "number"}}, "columns.split: the name is reserved"),
        ({"derived__x": "eval(area)"}, "derived.x: 'eval(area)': found eval(), allowed are abs"),
        ({"derived__x": "rent / 2"}, "derived.x: reads the target rent"),
        ({"derived__x": "later + 1", "derived__later": "1"}, "derived.x: found 'later', allowed"),
        ({"derived__x": "`Area` + 1"}, "derived.x: found 'Area', allowed are id"),
        ({"derived__x": "rent == 'a lot'"}, "derived.x: reads the target rent"),
        (
            {"derived__x": "district == 'East'"},
            "derived.x: district: found 'East', allowed are north, south",
        ),
        (
            {"derived__x": "district in ('north', 'west')"},
            "derived.x: district: found 'west', allowed are north, south",
        ),
        ({"derived__x": "district > 'north'"}, "derived.x: district is of type category, whose"),
        ({"derived__x": "lift == 'up'"}, "derived.x: lift: found 'up', allowed is true or false"),
        ({"derived__x": "listed > 'May'"}, "derived.x: listed: found 'May', allowed is a time"),
        (
            {"derived__x": "area == '3'"},
            "derived.x: area is of type number; found the text '3', allowed is a number",
        ),
        ({"derived__x": "typical == 'a'"}, "derived.x: typical is of type number; found the text"),
        (
            {"derived__x": "hour(listed, 'CET/Rome')"},
            "derived.x: \"hour(listed, 'CET/Rome')\": hou",
        ),
        (
            {
                "columns__plan": {"type": "category"},
                "views__past": {"entity": "id", "history": {"last": "lag(plan, 1)"}},
            },
            "views.past.history.last: plan is a category without 'allowed', which has no numbers",
        ),
        (
            {"retraining": {"drift": True}, "drift__calibrated": False},
            "retraining.drift: found true, but drift.calibrated is false, and the share of",
        ),
        ({"derived__area": "1"}, "derived.area: the name is already one of columns"),
        ({"derived__typical": "1"}, "derived.typical: the name is already one of views.market"),
        ({"views__flat__entity": "nobody"}, "views.flat.entity: found 'nobody', allowed are id"),
        ({"views__flat__entity": "rent"}, "views.flat.entity: found 'rent', allowed are id, dist"),
        (
            {"views__market__entity": "premium"},
            "views.market.entity: premium is derived from a view",
        ),
        ({"views__flat__columns": ["rent"]}, "views.flat.columns: found 'rent', allowed are id"),
        (
            {"views__market__features": ["area"]},
            "views.market.features: area is already one of columns",
        ),
        (
            {"views__flat__columns": ["area", "id"]},
            "views.flat.columns: id is the view's entity",
        ),
        ({"views__flat__columns": ["area", "area"]}, "views.flat.columns: area is listed twice"),
        (
            {"columns__Area": {"type": "number"}},
            "columns.Area: a query cannot tell it from area, because names in SQL ignore case",
        ),
        (
            {"columns__Later": {"type": "number"}, "derived__later": "1"},
            "derived.later: a query cannot tell it from Later",
        ),
        (
            {
                "columns__Typical": {"type": "integer"},
                "views__market__entity": "Typical",
            },
            "views.market.features: a query cannot yield both typical and Typical",
        ),
        (
            {
                "columns__Event_Timestamp": {"type": "integer"},
                "views__market__entity": "Event_Timestamp",
            },
            "views.market.entity: a query cannot yield both Event_Timestamp and event_timestamp",
        ),
        ({"columns__": {"type": "number"}}, "columns: found '', allowed is a name"),
        (
            {"views__past": {"entity": "id", "history": {"last": "lag(rent, 1)"}}},
            "views.past.horizon_days: missing; its history reads the target rent",
        ),
        (
            {"views__past": {"entity": "id", "history": {"last": "lag(rents, 1)"}}},
            "views.past.history.last: found 'rents', allowed are id, listed, rent",
        ),
        (
            {"views__past": {"entity": "id", "history": {"last": "lag(premium, 1)"}}},
            "views.past.history.last: found 'premium', allowed are id, listed",
        ),
        (
            {"views__past": {"entity": "id", "history": {"last": "lag(district == 'x', 1)"}}},
            "views.past.history.last: district: found 'x', allowed are north, south",
        ),
        (
            {"views__past": {"entity": "id", "history": {"last": "area"}}},
            "views.past.history.last: found 'area', allowed is a function, a value and how far",
        ),
        (
            {"views__past": {"entity": "id", "history": {"typical": "lag(area, 1)"}}},
            "views.past.history: typical is already one of views.market",
        ),
        (
            {"views__past": {"entity": "id", "columns": ["area"], "horizon_days": 1}},
            "views.past: 'horizon_days' is for a 'history'",
        ),
        (
            {"views__past": {"entity": "id", "columns": ["area"], "history": {"a": "b"}}},
            "views.past: give either 'columns', a 'history' or a 'query'",
        ),
        ({"features": ["rent"]}, "features: rent is the target"),
        ({"features": ["area", "area"]}, "features: area is listed twice"),
        ({"features": ["size"]}, "features: found 'size', allowed are id, listed, area"),
        (
            {"candidates__ridge__estimator": "sklearn.linear_model.LogisticRegression"},
            "candidates.ridge.estimator: sklearn.linear_model.LogisticRegression is for a class",
        ),
        ({"metric": "f1"}, "metric: found 'f1', allowed are mape, mae, rmse, r2"),
        ({"gate__limits": {"f1": 1}}, "gate.limits: found 'f1', allowed are mape"),
        ({"slices": ["colour"]}, "slices: found 'colour', allowed are"),
        ({"baseline": "rent"}, "baseline: found 'rent', allowed are id"),
        (
            {"target_log": True, "columns__rent__range": [0, 9]},
            "target_log: the range of rent begins at 0",
        ),
    ],
)
def test_fields_that_disagree_are_reported_with_their_key(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(**changes), "flats.yaml")
    assert f"flats.yaml: {message}" in str(error.value)


def test_every_error_is_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(metric="f1", slices=["colour"], derived__x="rent"), "flats")
    keys = [line.split(":")[1].strip() for line in str(error.value).splitlines()]
    assert keys == ["metric", "derived.x", "slices"]


def test_names_that_differ_in_case_are_two_columns_where_no_query_reads_them() -> None:
    text = changed_flats(
        columns__Area={"type": "number"},
        views={"flat": {"entity": "id", "columns": ["area", "Area"]}},
        derived={},
        features=["area", "Area"],
        slices=[],
    )
    assert parse_problem(text).features == ("area", "Area")
