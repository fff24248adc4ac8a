"""What an ONNX file of ours holds in its metadata beside the serving contract."""

import msgspec

EXPLAIN_KEY = "homestead.explain"


class Reference(msgspec.Struct):
    """What explaining needs beyond the operators: how the training rows were spread.

    Attributes:
        covers: trees: training rows in each leaf, in the order of ``leaf_weights``.
        columns: linear models: the feature of each prepared input.
        means: linear models: each prepared input's mean over the training rows.
    """

    covers: list[float] = []
    columns: list[int] = []
    means: list[float] = []
