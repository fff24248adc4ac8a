"""Valid documents and tables that several tests start from."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from homestead.database.drift_reports import DriftReportRow
from homestead.drift.calibrated_result import CalibratedDrift, ClassifierTest, ComparedColumn
from homestead.evaluation.certificate import (
    Certificate,
    Comparison,
    Estimate,
    LimitResult,
    ScoredModel,
    SliceResult,
)
from homestead.evaluation.certificate_parts import Holdout
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.performance.report import Figure, JudgedFigure, PerformanceReport
from homestead.prediction_log.entries import FailureEntry, PredictionEntry
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.release.record import ReleaseRecord, release_id
from homestead.retraining.cause import Cause, CauseKind
from homestead.retraining.run import RetrainingRun
from homestead.training.candidate_summary import CandidateSummary
from tests.signed import KEY

_FLATS = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: day
target: rent
columns:
  id: {type: integer}
  day: {type: timestamp}
  rent: {type: number, unit: EUR}
  area: {type: number}
  floor: {type: number, nullable: true}
  age: {type: number}
  district: {type: category, allowed: [north, south, west]}
  lift: {type: boolean}
views:
  flat: {entity: id, columns: [age]}
features: [area, floor, age, district, lift]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge}
split: {validation_from: 2024-01-01, holdout_from: 2024-02-01}
metric: mae
drift: {max_drift_share: 0.3, min_rows: 100, max_rows: 4000}
"""


def flats_problem() -> Problem:
    """Return a regression with numbers, a category, a boolean and a nullable column."""
    return parse_problem(_FLATS)


def flats_rows(count: int, seed: int) -> pd.DataFrame:
    """Return inputs of the flats model: (count, 5) float64, drawn from one distribution."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": draw.lognormal(4, 0.4, count),
            "floor": np.where(draw.random(count) < 0.05, np.nan, draw.integers(0, 9, count)),
            "age": draw.gamma(2, 20, count),
            "district": draw.choice(3, count, p=[0.6, 0.3, 0.1]).astype(float),
            "lift": draw.integers(0, 2, count).astype(float),
        }
    )


def performance_report(**changes: Any) -> PerformanceReport:
    """Return a report of labelled predictions that are worse than promised."""
    at = datetime(2026, 3, 2, 6, tzinfo=UTC)
    harm = JudgedFigure(
        value=0.12,
        low=0.11,
        high=0.13,
        rows=900,
        verdict="harm",
        reason="mape is 0.12 on 900 labelled rows, 50% worse than promised",
        worse_by=0.5,
        worse_by_low=0.3,
        worse_by_high=0.6,
        level=0.0002,
    )
    report = PerformanceReport(
        problem="flats",
        version="3",
        digest="d" * 64,
        at=at,
        since=at - timedelta(days=30),
        until=at,
        metric="mape",
        higher_is_better=False,
        predictions=2000,
        promised=Figure(value=0.08, low=0.075, high=0.085, rows=1500),
        measured=harm,
        estimated=None,
        tolerance=0.05,
        error_level=0.01,
    )
    return report.model_copy(update=changes)


def drift_report_row(**changes: Any) -> DriftReportRow:
    """Return a row of the table of drift reports: drift in half of the columns."""
    row = DriftReportRow(
        problem="flats",
        version="1",
        at=1000.0,
        verdict="drift",
        share=0.5,
        threshold=0.3,
        rows=500,
        columns=[],
    )
    return replace(row, **changes)


def compared_column(name: str = "area", **changes: Any) -> ComparedColumn:
    """Return the calibrated test of an input that moved up."""
    column = ComparedColumn(
        name=name,
        role="input",
        p_value=1e-9,
        adjusted_p_value=3e-9,
        drifted=True,
        test="rank",
        effect=0.4,
        direction="higher",
        before=54.0,
        after=70.0,
    )
    return column.model_copy(update=changes)


def calibrated_drift(**changes: Any) -> CalibratedDrift:
    """Return a calibrated verdict: drift, of one input."""
    result = CalibratedDrift(
        verdict="drift",
        p_value=6e-9,
        level=1.3e-5,
        monthly_level=0.01,
        month="2026-11",
        spent=0.0062,
        window_hash="c" * 64,
        classifier=ClassifierTest(
            p_value=0.002, drifted=False, auc=0.57, rows=375, permutations=999
        ),
        columns=(compared_column(),),
    )
    return result.model_copy(update=changes)


def model_version(version: str = "3", **changes: Any) -> ModelVersion:
    """Return a released model version with its own digest."""
    digest, uri = f"{int(version):064x}", f"s3://models/{version}/model.onnx"
    return ModelVersion(**{"version": version, "digest": digest, "uri": uri, **changes})


def prediction_entry(entry_id: str, *areas: float) -> PredictionEntry:
    """Return a line of the prediction log: one row per area, its second feature missing."""
    return PredictionEntry(
        id=entry_id,
        problem="homes",
        version="3",
        digest="d" * 64,
        timestamp_s=1_700_000_000.0 + len(areas),
        feature_names=("area", "floor"),
        features=[[area, math.nan] for area in areas],
        predictions=[area * 2 for area in areas],
        entities=["7"] * len(areas),
    )


def failure_entry(entry_id: str, **changes: Any) -> FailureEntry:
    """Return a line of the prediction log: the challenger did not respond in time."""
    fields = {
        "problem": "homes",
        "release": "r1/0",
        "timestamp_s": 1_700_000_000.0,
        "subject": "5" * 32,
        "side": "challenger",
        "failure": "timeout",
        "version": "4",
        "digest": "e" * 64,
        "challenger_share": 0.5,
    }
    return FailureEntry(**{"id": entry_id, **fields, **changes})


def defined(value: float | None) -> float:
    """Return a metric's value, which must be there."""
    assert value is not None
    return value


def certificate(**changes: Any) -> Certificate:
    """Return a certificate of ``flats_problem`` by which a champion is replaced."""
    issued = Certificate(
        problem="flats",
        decision="promote",
        reason="better with 95% confidence",
        winner=scored_model("a1" * 32, 42.5),
        champion=scored_model("b2" * 32, 50.0, version="3"),
        baseline={"mae": 90.0, "mape": 0.3},
        baseline_comparison=Comparison(metric="mae", difference=-47.5, low=-50.0, high=-45.0),
        holdout=Holdout(
            hash="c3" * 32, rows=2877, first="2024-02-01 00:00:00", last="2024-03-31 00:00:00"
        ),
        data_hash="d4" * 32,
        commit="e5e5e5e",
        comparison=Comparison(metric="mae", difference=-7.5, low=-9.0, high=-6.0),
        slices=(),
        limits=(LimitResult(metric="mape", limit=0.2, value=0.1234, ok=True),),
    )
    return issued.model_copy(update=changes)


def signed_certificate(issued: Certificate | None = None, **changes: Any) -> SignedCertificate:
    """Return a certificate, by default that of :func:`certificate`, signed with the tests' key."""
    return SignedCertificate.sign(issued or certificate(**changes), KEY)


def scored_model(digest: str, mae: float | None, version: str | None = None) -> ScoredModel:
    """Return a model with its metrics on the holdout."""
    own = Estimate(value=None, low=None, high=None, undefined="9 predictions are not finite")
    metrics = {
        "mae": own if mae is None else Estimate(value=mae, low=mae - 2, high=mae + 2),
        "mape": Estimate(value=0.1234, low=0.1134, high=0.1334),
    }
    return ScoredModel(digest=digest, version=version, metrics=metrics)


def slice_result(**changes: Any) -> SliceResult:
    """Return a slice in which the winner is a little better than the champion."""
    result = SliceResult(
        column="district",
        value="north",
        rows=900,
        winner=40.0,
        champion=45.0,
        worse_by=-0.1111,
        judged=True,
        ok=True,
    )
    return result.model_copy(update=changes)


def candidate_summary(name: str = "ridge", **changes: Any) -> CandidateSummary:
    """Return a trained candidate of ``flats_problem``."""
    summary = CandidateSummary(
        name=name,
        run_id="f00",
        model_id="m-1",
        uri="file:///models/model.onnx",
        digest="a1" * 32,
        validation={"mae": 40.0, "mape": 0.1},
        params={"alpha": "1.0"},
    )
    return summary.model_copy(update=changes)


def release_record(number: int = 1, **changes: Any) -> ReleaseRecord:
    """Return the record of a canary that began at 1000.0: version 2 in place of version 1."""
    champion = model_version("1")
    fields: dict[str, Any] = {
        "id": release_id("flats", number),
        "problem": "flats",
        "number": number,
        "challenger": model_version("2"),
        "champion": champion,
        "plan_before": ReleasePlan(problem="flats", champion=champion),
        "policy": ReleasePolicy(),
        "state": "running",
        "started_at": 1000.0,
        "changed_at": 1000.0,
        "step_since": 1000.0,
        "deadline": 1000.0 + 72 * 3600,
        "reason": "started",
    }
    return ReleaseRecord(**{**fields, **changes})


def cause(
    kind: CauseKind = "measured_harm",
    key: str = "r1",
    seen_at: float = 1.0,
    problem: str = "churn",
    version: str | None = "3",
) -> Cause:
    """Return an open cause of retraining."""
    return Cause.of(problem, kind, key, f"{kind} of {key}", seen_at, version)


def retraining_run(run: str = "run-1", **changes: Any) -> RetrainingRun:
    """Return a run that is starting."""
    first: dict[str, Any] = {
        **{"problem": "churn", "number": 1, "state": "starting", "cause": "c"},
        **{"backend": "local", "started_at": 1.0, "seen_at": 1.0},
    }
    return RetrainingRun(run, **first | changes)
