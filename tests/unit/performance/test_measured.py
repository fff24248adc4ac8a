"""Metrics of labelled rows: intervals of dependent rows, and promises of a certificate."""

import numpy as np

from homestead.performance.measured import measure, promised_figures
from homestead.performance.served_rows import ServedRows
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import MODEL_METRICS
from tests.factories import certificate, defined

MAE = [MODEL_METRICS["mae"]]


def rows_of(errors: np.ndarray, groups: np.ndarray) -> ServedRows:
    count = len(errors)
    return ServedRows(
        at=np.zeros(count),
        predictions=Predictions(np.zeros(count)),
        y=errors,
        groups=groups,
        features=[{} for _ in range(count)],
    )


def test_rows_that_depend_on_each_other_do_not_make_an_interval_narrower() -> None:
    errors = np.random.default_rng(0).exponential(1, 100)
    alone = measure(MAE, rows_of(errors, np.arange(100)), 0.95)["mae"]
    repeated = measure(MAE, rows_of(np.repeat(errors, 20), np.arange(2000) // 20), 0.95)["mae"]
    assert repeated.groups == alone.groups == 100
    width = [defined(m.figure.high) - defined(m.figure.low) for m in (alone, repeated)]
    assert 0.9 < width[1] / width[0] < 1.1


def test_one_group_has_no_interval_and_a_metric_without_value_a_reason() -> None:
    one = measure(MAE, rows_of(np.ones(5), np.zeros(5, dtype=int)), 0.95)["mae"]
    assert one.figure.value == 1
    assert one.figure.low is None
    assert one.error is None
    mape = measure([MODEL_METRICS["mape"]], rows_of(np.zeros(5), np.arange(5)), 0.95)["mape"]
    assert mape.figure.undefined == "the target is 0 in 5 of 5 rows"


def test_a_promise_is_the_certificates_value_on_its_holdout() -> None:
    issued = certificate()
    promised = promised_figures(issued)["mae"]
    estimate = issued.winner.metrics["mae"]
    assert (promised.value, promised.low, promised.high) == (
        estimate.value,
        estimate.low,
        estimate.high,
    )
    assert promised.rows == issued.holdout.rows
