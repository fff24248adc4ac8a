"""The gate: winner and champion on the same holdout, and the certificate that says so."""

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.evaluation.bootstrap import bootstrap, percentile_interval
from homestead.model.onnx_model import Model
from homestead.problem.encoding import encode_columns, feature_matrix, target_values
from homestead.problem.model_metrics import MODEL_METRICS, metrics_of, score
from homestead.problem.schema import Problem

SCHEMA_VERSION = 1
_MOST_VALUES = 12  # a number with more distinct values is cut in quartiles


def evaluate_candidate(
    winner: Model,
    champion: Model | None,
    holdout: pd.DataFrame,
    problem: Problem,
    *,
    data_hash: str,
    commit: str = "",
    champion_version: str | None = None,
    baseline: np.ndarray | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score both models on the holdout, now, and decide.

    The winner is promoted when it meets the absolute limits and either there is no champion, or
    the paired bootstrap interval of the difference lies wholly on the better side and no slice is
    worse than allowed. A tie keeps the champion.

    Returns:
        The promotion certificate, ready for JSON.

    Raises:
        UserError: the holdout has no rows.
    """
    if holdout.empty:
        raise UserError("split: no rows in the holdout; see split.holdout_from")
    y = target_values(holdout, problem)
    scored: Model | None = champion
    unscored = ""
    predictions = [winner.predict(feature_matrix(holdout, winner.contract))]
    if champion is not None and champion.digest != winner.digest:
        try:
            predictions.append(champion.predict(feature_matrix(holdout, champion.contract)))
        except KeyError as missing:
            scored, unscored = None, f"the champion needs {missing}, which the data no longer hold"
    elif champion is not None:
        predictions.append(predictions[0])
    metrics = metrics_of(problem.task)
    drawn = bootstrap(metrics, y, predictions, seed)
    described = [
        _described(problem, y, prediction, {m.name: drawn[m.name][i] for m in metrics})
        for i, prediction in enumerate(predictions)
    ]
    certificate: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "problem": problem.name,
        "winner": {"digest": winner.digest, "metrics": described[0]},
        "champion": None
        if scored is None
        else {
            "digest": scored.digest,
            "version": champion_version,
            "metrics": described[1],
        },
        "baseline": None if baseline is None else score(problem.task, y, baseline),
        "holdout": {
            "hash": hash_rows(holdout),
            "rows": len(holdout),
            "from": str(holdout[problem.timestamp].min()),
            "to": str(holdout[problem.timestamp].max()),
        },
        "data_hash": data_hash,
        "commit": commit,
        "comparison": _comparison(problem, described, drawn) if scored else None,
        "slices": _slices(problem, holdout, y, predictions),
        "limits": _limits(problem, described[0]),
    }
    decision, reason = _decide(certificate, problem, unscored)
    return certificate | {"decision": decision, "reason": reason}


def hash_rows(holdout: pd.DataFrame) -> str:
    """SHA-256 in hex of the rows' values."""
    hashes = pd.util.hash_pandas_object(holdout, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()


def check_certificate(certificate: dict[str, Any], digest: str) -> None:
    """Refuse what must not be registered or released.

    Raises:
        UserError: the certificate is of another model, or does not say 'promote'.
    """
    if certificate.get("schema_version") != SCHEMA_VERSION or "winner" not in certificate:
        raise UserError(f"model {digest[:12]}: no promotion certificate of schema {SCHEMA_VERSION}")
    found = certificate["winner"]["digest"]
    if found != digest:
        raise UserError(f"model {digest[:12]}: the certificate is of model {found[:12]}")
    if certificate.get("decision") != "promote":
        raise UserError(
            f"model {digest[:12]}: the certificate says {certificate.get('decision')!r}"
        )


def dump_certificate(certificate: dict[str, Any]) -> str:
    """The certificate as JSON text; equal certificates give equal text."""
    return json.dumps(certificate, indent=2, sort_keys=True) + "\n"


def _described(
    problem: Problem, y: np.ndarray, prediction: np.ndarray, drawn: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    values = score(problem.task, y, prediction)
    described = {}
    for name in sorted(values, key=lambda metric: metric != problem.metric):
        low, high = percentile_interval(drawn[name], problem.gate.confidence)
        described[name] = {"value": values[name], "low": low, "high": high}
    return described


def _comparison(
    problem: Problem, described: list[dict[str, Any]], drawn: dict[str, np.ndarray]
) -> dict[str, Any]:
    metric = problem.metric
    low, high = percentile_interval(drawn[metric][0] - drawn[metric][1], problem.gate.confidence)
    difference = described[0][metric]["value"] - described[1][metric]["value"]
    return {"metric": metric, "difference": difference, "low": low, "high": high}


def _limits(problem: Problem, found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "metric": metric,
            "limit": limit,
            "value": (value := found[metric]["value"]),
            "ok": MODEL_METRICS[metric].meets(value, limit),
        }
        for metric, limit in problem.gate.limits.items()
    ]


def _slices(
    problem: Problem, holdout: pd.DataFrame, y: np.ndarray, predictions: list[np.ndarray]
) -> list[dict[str, Any]]:
    metric = MODEL_METRICS[problem.metric]
    found = []
    for column in problem.slices:
        for value, rows in _parts(holdout, column, problem):
            weights = rows.astype(float)[None, :]
            scores = [float(metric.formula(y, p, weights)[0]) for p in predictions]
            if not np.isfinite(scores).all():
                continue  # the metric has no value there: one class, or one target
            champion = scores[1] if len(scores) > 1 else None
            worse = None
            if champion is not None:
                worse = metric.loss(scores[0] - champion) / max(abs(champion), 1e-12)
            judged = champion is not None and int(rows.sum()) >= problem.gate.min_slice_rows
            found.append(
                {
                    "column": column,
                    "value": value,
                    "rows": int(rows.sum()),
                    "winner": scores[0],
                    "champion": champion,
                    "worse_by": worse,
                    "judged": judged,
                    "ok": not judged or worse is None or worse <= problem.gate.slice_tolerance,
                }
            )
    return found


def _parts(holdout: pd.DataFrame, column: str, problem: Problem) -> list[tuple[str, np.ndarray]]:
    """The values of a slice's column and the rows that have them; each part has a row."""
    categories = problem.category_codes(column)
    if categories is not None:
        return [(v, rows) for v in categories if (rows := (holdout[column] == v).to_numpy()).any()]
    numbers = encode_columns(holdout, problem)[column]
    values = np.unique(numbers[~np.isnan(numbers)])
    if len(values) <= _MOST_VALUES:
        return [(f"{value:g}", numbers == value) for value in values]
    edges = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75]))
    place = np.searchsorted(edges, numbers, "left")
    bounds = [values[0], *edges, values[-1]]
    return [
        (f"{bounds[i]:g} to {bounds[i + 1]:g}", rows)
        for i in range(len(edges) + 1)
        if (rows := (place == i) & ~np.isnan(numbers)).any()
    ]


def _decide(certificate: dict[str, Any], problem: Problem, unscored: str) -> tuple[str, str]:
    metric = problem.metric
    for limit in certificate["limits"]:
        if not limit["ok"]:
            return "keep", (
                f"{limit['metric']} is {limit['value']:.4g}, the gate's limit {limit['limit']:g}"
            )
    if unscored:
        return "keep", unscored
    if certificate["champion"] is None:
        return "promote", "the first model that meets the gate's limits"
    if certificate["champion"]["digest"] == certificate["winner"]["digest"]:
        return "keep", "the winner is the champion: the same file"
    found = certificate["comparison"]
    low, high = found["low"], found["high"]
    span = f"{metric} differs by {found['difference']:+.4g}, between {low:+.4g} and {high:+.4g}"
    better = low > 0 if MODEL_METRICS[metric].higher_is_better else high < 0
    if not better:
        return "keep", f"not better with {problem.gate.confidence:.0%} confidence: {span}"
    for part in certificate["slices"]:
        if not part["ok"]:
            return "keep", (
                f"worse by {part['worse_by']:.1%} where {part['column']} is {part['value']},"
                f" allowed is {problem.gate.slice_tolerance:.0%}"
            )
    return "promote", f"better with {problem.gate.confidence:.0%} confidence: {span}"
