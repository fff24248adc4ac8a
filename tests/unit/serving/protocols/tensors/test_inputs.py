"""Input tensors: shape, datatype and values must agree."""

from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.tensors.binary import BinaryValues
from homestead.serving.protocols.tensors.inputs import parse_parameters, parse_tensor

TENSOR = {"name": "area", "datatype": "FP64", "shape": [2], "data": [80, 90.5]}


def test_values_are_flat_whether_data_is_nested_or_not() -> None:
    assert parse_tensor(TENSOR, "inputs[0]", BinaryValues()) == ("area", [2], [80, 90.5])
    nested = {**TENSOR, "shape": [2, 2], "data": [[1, 2], [3, None]]}
    assert parse_tensor(nested, "inputs[0]", BinaryValues()) == ("area", [2, 2], [1, 2, 3, None])


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
        ({"shape": [10_001], "data": [1]}, "found 10001 rows, allowed are up to 10000"),
        ({"data": None}, "area: data: allowed is a list, or binary_data_size instead of it"),
        ({"parameters": {"binary_data_size": 16}}, "area: give either data or binary_data_size"),
    ],
)
def test_an_invalid_tensor_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_tensor({**TENSOR, **change}, "inputs[0]", BinaryValues())
    assert 400 <= error.value.status < 500
    assert message in str(error.value)


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_an_integer_lies_within_its_datatype(bits: int) -> None:
    limits = {
        f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1),
        f"UINT{bits}": (0, 2**bits - 1),
    }
    for datatype, (low, high) in limits.items():
        tensor = {**TENSOR, "datatype": datatype, "data": [low, high]}
        assert parse_tensor(tensor, "inputs[0]", BinaryValues())[2] == [low, high]
        for value in (low - 1, high + 1):
            with pytest.raises(RefusedError) as error:
                parse_tensor({**tensor, "data": [high, value]}, "inputs[0]", BinaryValues())
            message = f"row 1: area: found {value}, allowed is {datatype}: {low} to {high}"
            assert str(error.value) == message


def test_other_keys_are_ignored() -> None:
    assert parse_tensor({**TENSOR, "dtype": "F"}, "inputs[0]", BinaryValues())[2] == [80, 90.5]


def test_absent_parameters_are_empty() -> None:
    assert parse_parameters({}, "") == {}
    assert parse_parameters({"parameters": {"explain": True}}, "") == {"explain": True}
