"""Explanation data in a file's metadata: every value comes back, equal data give equal text."""

import base64
import bz2
from typing import Any

import msgspec
import numpy as np
import pytest

from homestead.model.explanation_data import (
    EXPLANATION_KEY,
    ExplanationData,
    LinearArrays,
    TreeArrays,
    decode_explanation,
    encode_explanation,
)


def data() -> ExplanationData:
    return ExplanationData(
        link="logit",
        trees=TreeArrays(
            feature=np.array([2, 0], np.int32),
            threshold=np.array([-0.0, np.nextafter(0.1, 1)]),
            missing_left=np.array([True, False]),
            left=np.array([1, -1], np.int32),
            right=np.array([-3, -2], np.int32),
            roots=np.array([0], np.int32),
            leaf_weight=np.array([1 / 3, -np.inf, 5e-324]),
            leaf_target=np.zeros(3, np.int32),
            leaf_cover=np.array([1.5, 2.0, 1e15]),
            start=np.array([0.25]),
            float32_inputs=True,
        ),
        linear=LinearArrays(
            feature=np.array([0, 1], np.int32),
            is_category=np.array([False, True]),
            category=np.array([0.0, 2.0]),
            fill=np.array([np.nan, 0.0]),
            center=np.zeros(2),
            mean=np.array([0.0, 0.5]),
            weight=np.arange(4.0).reshape(2, 2).T,
            intercept=np.array([1.0, 2.0]),
        ),
    )


def arrays(part: Any) -> dict[str, np.ndarray]:
    values = msgspec.structs.asdict(part)
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def test_every_value_comes_back_bit_by_bit() -> None:
    expected = data()
    decoded = decode_explanation({EXPLANATION_KEY: encode_explanation(expected)})
    assert decoded.link == "logit"
    assert decoded.trees is not None
    assert decoded.trees.float32_inputs
    for part, other in ((decoded.trees, expected.trees), (decoded.linear, expected.linear)):
        decoded_arrays = arrays(part)
        assert list(decoded_arrays) == list(arrays(other))
        for name, array in arrays(other).items():
            assert (decoded_arrays[name].dtype, decoded_arrays[name].shape) == (
                array.dtype,
                array.shape,
            ), name
            assert decoded_arrays[name].tobytes() == array.tobytes(), name


def test_equal_data_give_equal_text_whatever_the_order_of_bytes_in_memory() -> None:
    big_endian = data()
    assert big_endian.trees is not None
    swapped = msgspec.structs.replace(
        big_endian.trees, threshold=big_endian.trees.threshold.astype(">f8")
    )
    other = msgspec.structs.replace(big_endian, trees=swapped)
    assert encode_explanation(other) == encode_explanation(data())


def test_a_file_of_an_older_release_says_to_train_anew() -> None:
    old = {"homestead.explain": '{"covers":[3.0,4.0],"columns":[],"means":[]}'}
    with pytest.raises(ValueError, match="no reference to explain from; train it anew"):
        decode_explanation(old)


def test_fields_of_a_later_release_are_ignored() -> None:
    text = base64.b64decode(encode_explanation(data()))
    fields = msgspec.msgpack.decode(bz2.decompress(text))
    later = base64.b64encode(bz2.compress(msgspec.msgpack.encode({**fields, "classes": 3})))
    assert decode_explanation({EXPLANATION_KEY: later.decode()}).link == "logit"
