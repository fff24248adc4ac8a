"""Nodes and constants of an ONNX graph as they are added."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from homestead.model.explanation_data import (
    EXPLANATION_KEY,
    ExplanationData,
    LinearArrays,
    Link,
    TreeArrays,
    encode_explanation,
)
from homestead.problem.contract import METADATA_KEY, Contract

# Doubles in the widest SIMD register.
_PACKET = 8


class GraphNodes:
    """Nodes and constants as they are added.

    Args:
        prefix: of their names, which no other part of the graph has.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, value: Any, dtype: Any = np.float64) -> str:
        """Add a constant and return its name."""
        name = f"{self._prefix}c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"{self._prefix}n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def add_by_row(
        self, operator: str, source: str, columns: int, padding: float | None = None
    ) -> str:
        """Add an elementwise operator whose result in a row does not depend on the other rows.

        onnxruntime computes ``Exp`` and ``Sigmoid`` in packets of up to 8 numbers, and what is left
        over at an array's end in another way, which may differ in the last bit. So each row is
        padded to whole packets.

        Args:
            source: name of the input, (rows, columns).
            padding: the number to pad with; None for 0.
        """
        inputs = [source, self.constant([0, 0, 0, -columns % _PACKET], np.int64)]
        if padding is not None:
            inputs.append(self.constant(padding))
        result = self.add(operator, self.add("Pad", *inputs))
        begin, end, axis = (self.constant([i], np.int64) for i in (0, columns, 1))
        return self.add("Slice", result, begin, end, axis)


class GraphBuilder(GraphNodes):
    """Nodes and constants of an estimator, with the data of explanations.

    Attributes:
        X: the training rows, (rows, features), or None.
        features: number of inputs.
        levels: number of categories by feature that has them.
    """

    def __init__(
        self, X: np.ndarray | None, features: int = 0, levels: Mapping[int, int] | None = None
    ) -> None:
        super().__init__()
        self.X = X
        self.features = features
        self.levels = levels or {}
        self.link: Link = "identity"
        self.trees: TreeArrays | None = None
        self.linear: LinearArrays | None = None

    def columns(self, columns: Sequence[int]) -> str:
        """Return the name of these columns of X; X itself if they are all of them."""
        if len(columns) == self.features:
            return "X"
        return self.add("Gather", "X", self.constant(columns, np.int64), axis=1)

    def lookup(self, tables: Sequence[tuple[int, np.ndarray]]) -> str:
        """Add what tables hold for the codes of categories, and return its name.

        A missing code, and one that no category has, reads a table's last row.

        Args:
            tables: pairs of a feature and its values, (levels + 1, K), in the order of the output:
                (rows, sum of K) double.
        """
        cells = [(f, values[:, [k]]) for f, values in tables for k in range(values.shape[1])]
        codes = self.add("Gather", "X", self.constant([f for f, _ in cells], np.int64), axis=1)
        levels = np.array([[len(values) - 1 for _, values in cells]], float)
        begins = np.cumsum([0, *(len(values) for _, values in cells[:-1])])
        is_code = self.add(
            "And",
            self.add("GreaterOrEqual", codes, self.constant(0.0)),
            self.add("Less", codes, self.constant(levels)),
        )
        rows = self.add("Where", is_code, codes, self.constant(levels))
        positions = self.add("Add", rows, self.constant(begins[None].astype(float)))
        flat = self.constant(np.concatenate([values[:, 0] for _, values in cells]))
        return self.add("Gather", flat, self.add("Cast", positions, to=TensorProto.INT64))

    def metadata(self, contract: Contract) -> dict[str, str]:
        """Return the file's metadata: the serving contract and the data of explanations."""
        data = ExplanationData(link=self.link, trees=self.trees, linear=self.linear)
        return {
            METADATA_KEY: contract.model_dump_json(),
            EXPLANATION_KEY: encode_explanation(data),
        }
