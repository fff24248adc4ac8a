"""A model whose inputs are what it predicts."""

import onnx
from onnx import TensorProto, helper

from homestead.problem.contract import METADATA_KEY, Contract


def probability_onnx(contract: Contract) -> bytes:
    """Return a classifier of two classes whose first input is the second one's probability."""
    double = TensorProto.DOUBLE
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["X", "first"], ["positive"], axis=1),
            helper.make_node("Sub", ["one", "positive"], ["negative"]),
            helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1),
        ],
        "probability",
        [helper.make_tensor_value_info("X", double, ["rows", len(contract.features)])],
        [helper.make_tensor_value_info("probabilities", double, ["rows", 2])],
        [
            helper.make_tensor("first", TensorProto.INT64, [1], [0]),
            helper.make_tensor("one", double, [], [1.0]),
        ],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    helper.set_model_props(model, {METADATA_KEY: contract.model_dump_json()})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
