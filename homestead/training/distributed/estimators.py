"""LightGBM's estimators, fitted in a Spark barrier stage. Importing this loads LightGBM."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from lightgbm import Booster, LGBMClassifier, LGBMRegressor
from sklearn.utils.class_weight import compute_sample_weight

from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.training.distributed.worker import MODEL_SCHEMA, FitPlan, blocks
from homestead.training.distributed.workers import boosting_workers

_BLOCK_BYTES = 4 * 2**20
# Parameters of the estimators that are none of LightGBM's, or that are set for each worker.
_OF_ESTIMATORS = ("n_estimators", "class_weight", "importance_type", "n_jobs")
# Of the rows that a booster is exchanged in, of each class.
_SAMPLE_ROWS = 20


class _Distributed:
    """Fits an estimator of LightGBM by as many workers as :func:`boosting_workers` says."""

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        categorical_feature: Sequence[int] = (),
    ) -> Self:
        """Fit to X, (rows, features), and y, (rows,), each row with its weight.

        The same rows and number of workers give the same model; another number gives another one,
        since each worker makes bins from its own rows.

        Raises:
            UserError: a worker ended, or values are refused.
        """
        estimator: Any = self
        # What the estimator is beside its booster follows from a few rows of each class.
        codes = np.unique(y, return_inverse=True)[1] if _is_classifier(self) else np.zeros(len(y))
        sample = np.concatenate(
            [np.flatnonzero(codes == code)[:_SAMPLE_ROWS] for code in np.unique(codes)]
        )
        rounds = estimator.n_estimators
        estimator.n_estimators = 1
        try:
            super().fit(X[sample], y[sample])  # type: ignore[misc]
        finally:
            estimator.n_estimators = rounds
        weights = sample_weight
        if estimator.class_weight is not None:
            by_class = compute_sample_weight(estimator.class_weight, y)
            weights = by_class if weights is None else weights * by_class
        plan = FitPlan(
            _params(estimator, len(np.unique(codes))),
            rounds,
            X.shape[1],
            tuple(categorical_feature),
            weights is not None,
        )
        target = codes if _is_classifier(self) else y
        text = _train(plan, X, target, weights, boosting_workers())
        estimator._Booster = Booster(model_str=text)
        return self


class DistributedRegressor(_Distributed, LGBMRegressor):  # type: ignore[misc]
    """A regressor whose rows several workers share."""


class DistributedClassifier(_Distributed, LGBMClassifier):  # type: ignore[misc]
    """A classifier whose rows several workers share."""


def distributed(path: str) -> Any:
    """Return the estimator that takes the place of LightGBM's, by its class's full name."""
    return DistributedClassifier() if path.endswith("Classifier") else DistributedRegressor()


def _is_classifier(estimator: Any) -> bool:
    return isinstance(estimator, LGBMClassifier)


def _params(estimator: Any, classes: int) -> dict[str, Any]:
    """Return LightGBM's parameters; the estimators' names are aliases of its own."""
    given = {k: v for k, v in estimator.get_params().items() if k not in _OF_ESTIMATORS}
    params = {name: value for name, value in given.items() if value is not None}
    if _is_classifier(estimator):
        params.setdefault("objective", "binary" if classes <= 2 else "multiclass")
        if classes > 2:
            params["num_class"] = classes
    else:
        params.setdefault("objective", "regression")
    # A task of Spark has one core. Without the learner each worker would fit a model of its own.
    return {**params, "tree_learner": "data", "num_threads": 1}


def _train(
    plan: FitPlan, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, workers: int
) -> str:
    """Return the booster that the workers fit, as text.

    Raises:
        UserError: fewer tasks than workers can run at once, or a worker ended.
    """
    session = spark_session()
    tasks = session.sparkContext.defaultParallelism
    if session.conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        raise UserError(
            "HOMESTEAD_SPARK_OPTIONS: found spark.dynamicAllocation.enabled=true, with which Spark"
            " does not start the workers of a boosting together; set it to false, and"
            " spark.executor.instances to a number"
        )
    master = str(session.sparkContext.master)
    if master.startswith("local") and tasks < workers:
        raise UserError(
            f"HOMESTEAD_BOOSTING_WORKERS: found {workers}, but HOMESTEAD_SPARK_MASTER"
            f" ({master}) runs {tasks} tasks at once; allowed are 1 to {tasks}"
        )
    rows = session.createDataFrame(blocks(X, y, weights, workers, _BLOCK_BYTES))
    shared = rows.repartitionById(workers, rows.worker)
    try:
        [found] = shared.mapInArrow(plan.fit, MODEL_SCHEMA, barrier=True).collect()
    except Exception as error:
        # Spark's errors of Python tasks, of the stage and of the connection to it have no common
        # class.
        raise UserError(
            f"the boosting's {workers} workers did not end their fit: {_reason(error)}"
        ) from None
    return str(found.model)


def _reason(error: Exception) -> str:
    """Return the line of an error that tells what went wrong in a worker."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "LightGBMError: " in line]
    told = telling[-1].partition("LightGBMError: ")[2] if telling else lines[0]
    return told or type(error).__name__
