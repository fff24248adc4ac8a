"""Explanation data in the metadata of an ONNX file: the model's trees and weights as arrays.

onnxruntime does not give access to a graph's constants, and the server's image does not contain
the onnx package, so the exporter stores what explanations need a second time, beside the serving
contract: MessagePack, compressed, in base64 (ONNX metadata is text). The SHA-256 of the file
covers both.
"""

import base64
import bz2
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
import numpy as np

EXPLANATION_KEY = "homestead.explanation"
Link = Literal["identity", "log", "logit", "softmax"]


class CategoryTable(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that stand for a feature's categories as inputs of trees.

    Attributes:
        feature: index of the feature.
        inputs: (K,) indices of the trees' inputs that the table gives.
        values: (levels + 1, K) by code; the last row is for a missing value.
    """

    feature: int
    inputs: np.ndarray
    values: np.ndarray


# Defaults are left out, so that models without categories have the bytes of earlier releases.
class TreeArrays(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Trees of an ensemble; inner nodes and leaves are numbered separately.

    A child is the number of an inner node, or ``~number`` of a leaf. Sizes: N inner nodes,
    L leaves, R trees, T targets, S sets of categories.

    Attributes:
        feature: (N,) index of the input that is compared: of a feature, or one of ``tables``.
        threshold: (N,) values up to and including this go left.
        missing_left: (N,) whether a missing value goes left.
        left, right: (N,) children.
        roots: (R,) inner node at which each tree starts.
        leaf_weight: (L,) what the leaf adds to the score of its target.
        leaf_target: (L,) index of the target.
        leaf_cover: (L,) weighted number of training rows that reached the leaf.
        start: (T,) score that the trees' sums are added to.
        float32_inputs: whether inputs are rounded to float32 before they are compared.
        category_set: (N,) set whose codes go left instead of values up to the threshold; -1 for a
            comparison. None without such sets.
        set_sizes: (S,) number of codes in each set.
        set_codes: the codes of all sets, in ascending order within each.
        tables: inputs of the trees beside the features.
    """

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    roots: np.ndarray
    leaf_weight: np.ndarray
    leaf_target: np.ndarray
    leaf_cover: np.ndarray
    start: np.ndarray
    float32_inputs: bool
    category_set: np.ndarray | None = None
    set_sizes: np.ndarray | None = None
    set_codes: np.ndarray | None = None
    tables: tuple[CategoryTable, ...] = ()

    def category_splits(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield each node that splits on a set, and the codes that go left, (codes,) int64."""
        if self.category_set is None or self.set_sizes is None or self.set_codes is None:
            return
        sets = np.split(self.set_codes.astype(np.int64), np.cumsum(self.set_sizes)[:-1])
        for node in np.flatnonzero(self.category_set >= 0).tolist():
            yield node, sets[self.category_set[node]]


class LinearArrays(msgspec.Struct, frozen=True, kw_only=True):
    """A linear model and the preparation of its inputs.

    An input is either a number, imputed and centred, or 1 where a feature has the input's
    category and 0 elsewhere. Sizes: J prepared inputs, T targets.

    Attributes:
        feature: (J,) index of the feature that the input is made from.
        is_category: (J,) whether the input stands for a category.
        category: (J,) code of the category; 0 for numbers.
        fill: (J,) value that replaces a missing number; 0 for categories.
        center: (J,) value that is subtracted from a number; 0 for categories.
        mean: (J,) mean of the prepared input over the training rows.
        weight: (J, T) coefficients.
        intercept: (T,) score at prepared inputs of 0.
    """

    feature: np.ndarray
    is_category: np.ndarray
    category: np.ndarray
    fill: np.ndarray
    center: np.ndarray
    mean: np.ndarray
    weight: np.ndarray
    intercept: np.ndarray


def category_weights(linear: LinearArrays) -> list[tuple[int, np.ndarray]]:
    """Return the features with categories, and each one's weights by code.

    Returns:
        Pairs of a feature and its weights, (levels + 1, T); the last row, for a missing value or
        an unknown code, is 0.
    """
    tables: list[tuple[int, np.ndarray]] = []
    for feature in dict.fromkeys(linear.feature[linear.is_category].tolist()):
        mine = linear.is_category & (linear.feature == feature)
        codes = linear.category[mine].astype(int)
        table = np.zeros((codes.max() + 2, linear.weight.shape[1]))
        table[codes] = linear.weight[mine]
        tables.append((feature, table))
    return tables


class ExplanationData(msgspec.Struct, frozen=True, kw_only=True):
    """What explanations of a model need.

    Attributes:
        link: ``log``, ``logit`` or ``softmax``: the function that turns a prediction into the
            score in which the model is additive; ``identity`` if the prediction is the score.
        trees, linear: the summands of the score; at least one is present.
    """

    link: Link
    trees: TreeArrays | None = None
    linear: LinearArrays | None = None


def encode_explanation(data: ExplanationData) -> str:
    """Return the text that :func:`decode_explanation` reads; equal data give equal text."""
    packed = msgspec.msgpack.encode(data, enc_hook=_pack)
    # Not zlib, whose output differs between its implementations: a model file's digest must not
    # depend on the machine.
    return base64.b64encode(bz2.compress(packed)).decode("ascii")


def decode_explanation(metadata: Mapping[str, str]) -> ExplanationData:
    """Read the explanation data from the metadata of an ONNX file.

    Raises:
        ValueError: there are none, because the file was written by an older release.
    """
    text = metadata.get(EXPLANATION_KEY)
    if text is None:
        raise ValueError("the model holds no reference to explain from; train it anew")
    packed = bz2.decompress(base64.b64decode(text))
    return msgspec.msgpack.decode(packed, type=ExplanationData, dec_hook=_unpack)


def _pack(array: Any) -> tuple[str, tuple[int, ...], bytes]:
    little_endian = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    # The first bytes of all numbers, then the second ones, ...: these compress better.
    data = little_endian.reshape(-1, 1).view(np.uint8).T.tobytes()
    return little_endian.dtype.str, array.shape, data


def _unpack(_type: type, packed: Any) -> np.ndarray:
    dtype, shape, data = packed
    size = np.dtype(dtype).itemsize
    columns = np.frombuffer(data, np.uint8).reshape(size, -1)
    array: np.ndarray = np.ascontiguousarray(columns.T).view(dtype).reshape(shape)
    return array
