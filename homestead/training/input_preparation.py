"""Preparation of the inputs of estimators: numbers and categories."""

from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.problem.estimators.encodings import category_encoding, encoding_errors
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate

# One-hot columns from which a sparse matrix is smaller and faster, by far, than a dense one.
_MANY_CATEGORIES = 200
# Relative, of the conjugate gradients that scikit-learn takes for sparse rows: close to the direct
# solution that it takes for dense ones.
_SPARSE_TOLERANCE = 1e-10


def with_prepared_inputs(estimator: Any, problem: Problem) -> Any:
    """Return a pipeline of imputed, standardised numbers, one-hot categories and a linear model."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    categories_at = {i: problem.category_codes(name) for i, name in enumerate(problem.features)}
    numbers = [i for i, values in categories_at.items() if values is None]
    categories = {i: values for i, values in categories_at.items() if values is not None}
    is_sparse = sum(len(values) for values in categories.values()) > _MANY_CATEGORIES
    # The columns are a copy already, which one step after the other may write.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True, copy=False)
    numeric = Pipeline([("impute", imputer), ("scale", StandardScaler(copy=False))])
    one_hot = OneHotEncoder(
        categories=[np.arange(len(values), dtype=float) for values in categories.values()],
        handle_unknown="ignore",
        sparse_output=is_sparse,
    )
    transformers = [("numeric", numeric, numbers), ("category", one_hot, list(categories))]
    prepare = ColumnTransformer(
        [entry for entry in transformers if entry[2]], sparse_threshold=float(is_sparse)
    )
    params = estimator.get_params()
    if is_sparse and type(estimator).__name__ == "Ridge" and params["tol"] == type(estimator)().tol:
        estimator.set_params(tol=_SPARSE_TOLERANCE)
    return Pipeline([("prepare", prepare), ("model", estimator)])


def with_categories(estimator: Any, candidate: Candidate, problem: Problem, seed: int) -> Any:
    """Return trees that get each category as the candidate's encoding says.

    Args:
        seed: of the folds of target encodings.

    Raises:
        UserError: the stated encoding is not for so many categories.
    """
    from homestead.model.category_trees import CategoryTrees

    for error in encoding_errors(problem, candidate):
        raise UserError(f"{candidate.estimator}: encoding: {error}")
    levels_at = {i: problem.category_codes(name) for i, name in enumerate(problem.features)}
    encodings = {
        i: category_encoding(candidate, problem.features[i], len(levels))
        for i, levels in levels_at.items()
        if levels is not None
    }
    native = tuple(i for i, encoding in encodings.items() if encoding == "native")
    target = tuple(i for i, encoding in encodings.items() if encoding == "target")
    if native and "categorical_features" in estimator.get_params():
        estimator.set_params(categorical_features=list(native))
        native = ()
    if not native and not target:
        return estimator
    return CategoryTrees(estimator, target, native, seed)
