"""Input tensors: shape, datatype and values must agree."""

from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.v2_tensors import parse_parameters, parse_tensor

TENSOR = {"name": "area", "datatype": "FP64", "shape": [2], "data": [80, 90.5]}


def test_values_are_flat_whether_data_is_nested_or_not() -> None:
    assert parse_tensor(TENSOR, "inputs[0]") == ("area", [2], [80, 90.5])
    nested = {**TENSOR, "shape": [2, 2], "data": [[1, 2], [3, None]]}
    assert parse_tensor(nested, "inputs[0]") == ("area", [2, 2], [1, 2, 3, None])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": [1]}, "area: found 1 values, shape [2] has 2"),
        ({"data": ["x", 1]}, "row 0: area: found 'x', allowed is FP64"),
        ({"data": [1, True]}, "row 1: area: found true, allowed is FP64"),
        ({"data": [[1], 2]}, "row 0: area: found [1], allowed is FP64"),
        ({"data": 5}, "area: data: allowed is a list"),
        ({"datatype": "TEXT"}, "area: found datatype 'TEXT'"),
        ({"shape": [10**12, 0]}, "sizes above 0"),
        ({"shape": [10**4000]}, "list of sizes"),
        ({"shape": [10**9] * 1000}, "list of sizes"),
        ({"name": 5}, "inputs[0].name: found 5"),
        ({"name": "x" * 201}, "inputs[0].name: found 'xxx"),
        ({"parameters": 5}, "inputs[0].parameters: allowed is an object"),
        ({"dtype": "FP64"}, "inputs[0]: unknown key 'dtype'"),
    ],
)
def test_an_invalid_tensor_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_tensor({**TENSOR, **change}, "inputs[0]")
    assert error.value.status == 400
    assert message in str(error.value)


def test_absent_parameters_are_empty() -> None:
    assert parse_parameters({}, "") == {}
    assert parse_parameters({"parameters": {"explain": True}}, "") == {"explain": True}
