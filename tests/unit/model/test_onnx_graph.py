"""Tables of an ONNX graph: what each code of a category reads."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from homestead.model.onnx_graph import GraphBuilder


def looked_up(tables: list[tuple[int, np.ndarray]], X: np.ndarray) -> np.ndarray:
    graph = GraphBuilder(None, X.shape[1])
    result = graph.lookup(tables)
    graph.nodes.append(helper.make_node("Identity", [result], ["Y"]))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tables",
            [helper.make_tensor_value_info("X", TensorProto.DOUBLE, ["rows", X.shape[1]])],
            [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, ["rows", None])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 21)],
        ir_version=10,
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"X": X})[0])


def test_a_code_reads_its_row_and_any_other_value_the_last_one() -> None:
    first = np.array([[1.0], [2.0], [-1.0]])
    second = np.array([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0], [0.1, 0.2]])
    X = np.array([[0.0, 7.0, 2.0], [1.0, 7.0, 0.0], [np.nan, 7.0, np.nan], [2.0, 7.0, -1.0]])
    expected = [[1, 50, 60], [2, 10, 20], [-1, 0.1, 0.2], [-1, 0.1, 0.2]]
    np.testing.assert_array_equal(looked_up([(0, first), (2, second)], X), expected)


def test_all_columns_of_the_input_are_the_input_itself() -> None:
    graph = GraphBuilder(None, 2)
    assert graph.columns([0, 1]) == "X"
    assert graph.columns([1]) != "X"
