"""LightGBM's estimators, fitted in a Spark barrier stage. Importing this loads LightGBM."""

from typing import Any

import numpy as np
from lightgbm import Booster, LGBMClassifier, LGBMRegressor

from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.training.boosting.estimators import BoosterFit, GivenBooster, of_kind
from homestead.training.distributed.worker import MODEL_SCHEMA, FitPlan, blocks
from homestead.training.distributed.workers import boosting_workers

_BLOCK_BYTES = 4 * 2**20


class _Distributed(GivenBooster):
    """Fits an estimator of LightGBM by as many workers as :func:`boosting_workers` says."""

    def fit_booster(self, fit: BoosterFit) -> Booster:
        """Return the workers' booster.

        The same rows and number of workers give the same model; another number gives another one,
        since each worker makes bins from its own rows.

        Raises:
            UserError: a worker ended, or values are refused.
        """
        # A task of Spark has one core. Without the learner each worker would fit a model of its
        # own.
        params = fit.params | {"tree_learner": "data", "num_threads": 1}
        has_weights = fit.weights is not None
        plan = FitPlan(params, fit.rounds, fit.X.shape[1], fit.categorical, has_weights)
        return Booster(model_str=_train(plan, fit.X, fit.y, fit.weights, boosting_workers()))


class DistributedRegressor(_Distributed, LGBMRegressor):  # type: ignore[misc]
    """A regressor whose rows several workers share."""


class DistributedClassifier(_Distributed, LGBMClassifier):  # type: ignore[misc]
    """A classifier whose rows several workers share."""


def distributed(path: str) -> Any:
    """Return the estimator that takes the place of LightGBM's, by its class's full name."""
    return of_kind(path, DistributedRegressor, DistributedClassifier)()


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
