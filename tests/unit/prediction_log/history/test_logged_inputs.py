"""Inputs from the log: the model's order, its bits, and what the log does not hold."""

import math

import msgspec
import numpy as np

from homestead.prediction_log.history.logged_inputs import logged_inputs
from homestead.problem.sections.column import Column
from tests.homes import homes_contract


def test_values_stand_where_the_model_reads_them_with_their_bits() -> None:
    contract = homes_contract(features=("lift", "area"))
    areas = [0.1 + 0.2, math.nextafter(80.0, 81), 5e-324, 1.7976931348623157e308, math.nan]
    texts = [msgspec.json.encode({"area": area, "lift": 1.0}).decode() for area in areas]
    inputs = logged_inputs(texts, contract)
    assert np.array_equal(inputs.matrix[:, 1], areas, equal_nan=True)
    assert (inputs.matrix[:, 0] == 1).all()
    assert inputs.is_complete.all()


def test_hidden_values_are_named_and_null_is_a_value() -> None:
    columns = homes_contract().columns | {"area": Column(type="number", sensitive="drop")}
    contract = homes_contract(columns=columns, features=("area", "lift", "floor"))
    texts = ['{"lift": "5eb1", "floor": null}', '{"area": 1.0, "lift": 0.0}']
    inputs = logged_inputs(texts, contract)
    assert not inputs.is_complete.any()
    assert inputs.reasons == [
        "area is sensitive: the log does not hold it; lift is sensitive: the log holds its hash",
        "floor is not in the log",
    ]
    assert set(inputs.hidden) == {"area", "lift", "floor"}
