"""Fitted linear models and the preparation of their inputs, as arrays and as a graph.

What this module reads of scikit-learn's fitted attributes is asserted in
``tests/contracts/test_sklearn.py``.
"""

from typing import Any, NamedTuple

import numpy as np

from homestead.model.explanation_data import LinearArrays, category_weights
from homestead.model.onnx_graph import GraphBuilder


class _Inputs(NamedTuple):
    """Prepared inputs as in :class:`LinearArrays`, with their scale; each of shape (inputs,).

    ``mean`` is the mean that is assumed without training rows.
    """

    feature: np.ndarray
    is_category: np.ndarray
    category: np.ndarray
    fill: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    mean: np.ndarray


def from_pipeline(pipeline: Any, targets: int, X: np.ndarray | None) -> LinearArrays:
    """Return a fitted pipeline of ``prepare`` and a linear ``model``.

    The scale of an input is divided into its weights, which saves an operator per request. The
    mean is not: without it a large value that hardly varies would cost digits.

    Args:
        pipeline: as :func:`homestead.training.estimators.build_estimator` makes it.
        targets: number of scores.
        X: the training rows, (rows, features). Without them numbers count as centred and the
            categories of a column as equally frequent.
    """
    prepare, model = pipeline.named_steps["prepare"], pipeline.named_steps["model"]
    groups: list[_Inputs] = []
    for name, step, features in prepare.transformers_:
        if name == "remainder" or not len(features):
            continue
        if name == "numeric":
            groups.append(_numbers(step, features))
        else:
            pairs = zip(features, step.categories_, strict=True)
            groups += [_categories(feature, codes) for feature, codes in pairs]
    inputs = _Inputs(*(np.concatenate(arrays) for arrays in zip(*groups, strict=True)))
    mean = inputs.mean
    if X is not None:  # the prepared rows may be a sparse matrix
        mean = np.ravel(prepare.transform(X).mean(axis=0)) * inputs.scale
    return LinearArrays(
        feature=inputs.feature,
        is_category=inputs.is_category,
        category=inputs.category,
        fill=inputs.fill,
        center=inputs.center,
        mean=mean,
        weight=(np.reshape(model.coef_, (targets, -1)) / inputs.scale).T,
        intercept=np.reshape(model.intercept_, targets).astype(float),
    )


def _numbers(step: Any, features: list[int]) -> _Inputs:
    imputer, scaler = step.named_steps["impute"], step.named_steps["scale"]
    zeros = np.zeros(len(features))
    return _Inputs(
        feature=np.array(features, np.int32),
        is_category=np.zeros(len(features), np.bool_),
        category=zeros,
        fill=imputer.statistics_,
        center=scaler.mean_,
        scale=scaler.scale_,
        mean=zeros,
    )


def _categories(feature: int, codes: np.ndarray) -> _Inputs:
    zeros = np.zeros(len(codes))
    return _Inputs(
        feature=np.full(len(codes), feature, np.int32),
        is_category=np.ones(len(codes), np.bool_),
        category=codes,
        fill=zeros,
        center=zeros,
        scale=np.ones(len(codes)),
        mean=np.full(len(codes), 1 / len(codes)),
    )


def add_scores(graph: GraphBuilder, linear: LinearArrays) -> str:
    """Add the scores of a linear model, and return their name: (rows, targets) double.

    A category adds the weights that a table holds for its code: its size is that of the weights,
    and a row costs the same however many categories there are.
    """
    is_number = ~linear.is_category
    numbers = linear.feature[is_number]
    inputs: list[str] = []
    weights = [linear.weight[is_number]]
    if len(numbers):
        source = graph.columns(numbers.tolist())
        fill = graph.constant(linear.fill[is_number])
        filled = graph.add("Where", graph.add("IsNaN", source), fill, source)
        inputs.append(graph.add("Sub", filled, graph.constant(linear.center[is_number])))
    tables = category_weights(linear)
    if tables:
        inputs.append(graph.lookup(tables))
        weights += [np.eye(linear.weight.shape[1])] * len(tables)
    row = inputs[0] if len(inputs) == 1 else graph.add("Concat", *inputs, axis=1)
    products = graph.add("MatMul", row, graph.constant(np.concatenate(weights)))
    return graph.add("Add", products, graph.constant(linear.intercept[None]))
