"""Processor time of the calibrated verdict and of Evidently's default on as many rows."""

import time
import warnings

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from benchmarks.drift.rules import LEVEL
from homestead.drift.calibrated import Calibration, measure_calibrated
from homestead.problem.contract import Contract

ROWS = 1_000_000
_SAMPLE = 10_000


def measure_speed(inputs: pd.DataFrame, contract: Contract) -> dict[str, float]:
    """Return seconds of processor time for so many served rows and as many reference rows."""
    draw = np.random.default_rng(1)
    reference, current = (inputs.sample(ROWS, replace=True, random_state=seed) for seed in (1, 2))
    for frame in (reference, current):
        frame["lat"] += draw.normal(0, 1e-9, ROWS)  # as many distinct values as rows
    small_reference, small = (
        frame.sample(_SAMPLE, random_state=0) for frame in (reference, current)
    )
    return {
        "whole": _calibrated_seconds(reference, current, contract),
        "sampled": _calibrated_seconds(small_reference, small, contract),
        "evidently": _evidently_seconds(reference, current, contract),
    }


def _calibrated_seconds(
    reference: pd.DataFrame, current: pd.DataFrame, contract: Contract
) -> float:
    started = time.process_time()
    measure_calibrated(reference, current, contract, Calibration(lambda _: LEVEL))
    return round(time.process_time() - started, 2)


def _evidently_seconds(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract) -> float:
    categories = [name for name in reference if contract.columns[str(name)].type != "number"]
    definition = DataDefinition(
        numerical_columns=[str(name) for name in reference if name not in categories],
        categorical_columns=[str(name) for name in categories],
    )
    started = time.process_time()
    reference_data, current_data = (
        Dataset.from_pandas(frame, data_definition=definition) for frame in (reference, current)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Report([DataDriftPreset()]).run(current_data, reference_data).dict()
    return round(time.process_time() - started, 2)
