"""A plain script: from the table of house sales to a registered model, in one process.

It does what ``homestead train`` does for the same problem, in order and without steps, caches,
locks, retries or resumption: quarantine, data sheet, views, point-in-time join, the same trials of
the same candidates, ONNX, performance models, MLflow, comparison with intervals, gate, registry
with its alias, model card, drift reference, online store. Estimators, exporter, performance
models and feature importance are the library's; the rest is written as a project would write it.

    python -m benchmarks.training.plain FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnx
import pandas as pd
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from sklearn.model_selection import ParameterSampler

from benchmarks.training import plain_data
from homestead.model.explain import feature_importance
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.training.answer_rules import conformal_interval
from homestead.training.estimators import fit_candidate, predict
from homestead.training.performance_model import fit_performance_model

_RESAMPLES = 2000
_EXPLAINED_ROWS = 500
_NAME = "house_price"


def mape(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean absolute percentage error of values of shape (rows,)."""
    return float(np.mean(np.abs(predicted - y) / y))


def metrics(y: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return metrics under each resample, (resamples,), of weights (resamples, rows)."""
    total = weights.sum(axis=1)
    error = predicted - y
    mean = weights @ y / total
    squares = weights @ error**2
    spread = weights @ y**2 - total * mean**2
    return {
        "mape": weights @ (np.abs(error) / y) / total,
        "mae": weights @ np.abs(error) / total,
        "rmse": np.sqrt(squares / total),
        "r2": 1 - squares / spread,
    }


def train(name: str, dataset: pd.DataFrame, problem: Problem) -> dict[str, Any]:
    """Try a candidate's parameters, and fit the best ones to train and validation."""
    contract = Contract.from_problem(problem)
    X = dataset[list(problem.features)].to_numpy(float)
    y = dataset["price"].to_numpy(float)
    rows, scored = dataset["split"] == "train", dataset["split"] == "validation"
    known = rows | scored
    candidate = problem.candidates[name]
    best: tuple[float, dict[str, Any], np.ndarray] | None = None
    trials = []
    for params in ParameterSampler(candidate.search, candidate.trials, random_state=0):
        fitted = fit_candidate(name, params, problem, X[rows], y[rows], 0)
        raw = predict(fitted, X[scored], problem)
        loss = mape(y[scored], raw)
        trials.append({**params, "mape": loss})
        if best is None or loss < best[0]:
            best = loss, params, raw
    assert best is not None  # noqa: S101
    loss, params, raw = best
    fitted = fit_candidate(name, params, problem, X[known], y[known], 0)
    contract = contract.model_copy(update={"interval": conformal_interval(problem, y[scored], raw)})
    content = export_onnx(fitted, contract, X[known])
    disagreement = check_agreement(fitted, Model(content), X)
    performance = fit_performance_model(problem, contract, X[scored], y[scored], raw, 0)
    return {
        "onnx": content,
        "params": params,
        "mape": loss,
        "trials": trials,
        "disagreement": disagreement,
        "performance": performance,
    }


def log_candidate(name: str, trained: dict[str, Any]) -> str:
    """Log a candidate as a nested run with its model, and return the model's URI."""
    with mlflow.start_run(run_name=name, nested=True):
        mlflow.log_params(trained["params"])
        mlflow.log_dict({"trials": trained["trials"]}, "trials.json")
        mlflow.log_text(trained["performance"].to_json(), "performance_model.json")
        mlflow.log_metrics({"mape": trained["mape"], "disagreement": trained["disagreement"]})
        logged = mlflow.onnx.log_model(
            onnx.load_from_string(trained["onnx"]),
            name="model",
            pip_requirements=["onnxruntime", "numpy"],
            save_as_external_data=False,
        )
        return str(logged.model_uri)


def evaluate(
    winner: Model, dataset: pd.DataFrame, problem: Problem
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the certificate, and the sections of the comparison page."""
    holdout = dataset[dataset["split"] == "holdout"].reset_index(drop=True)
    known = dataset[dataset["split"] != "holdout"]
    y = holdout["price"].to_numpy(float)
    predicted = winner.predict(holdout[list(problem.features)].to_numpy(float))
    by_zipcode = known.groupby("zipcode")["price"].median()
    baseline = holdout["zipcode"].map(by_zipcode).fillna(known["price"].median()).to_numpy(float)
    draw = np.random.default_rng(0)
    weights = draw.multinomial(len(y), np.full(len(y), 1 / len(y)), size=_RESAMPLES).astype(float)
    ours, theirs = metrics(y, predicted, weights), metrics(y, baseline, weights)
    point, baseline_point = (
        {name: float(v[0]) for name, v in metrics(y, p, np.ones((1, len(y)))).items()}
        for p in (predicted, baseline)
    )
    intervals = {name: np.quantile(v, [0.025, 0.975]).tolist() for name, v in ours.items()}
    difference = np.quantile(ours["mape"] - theirs["mape"], [0.025, 0.975]).tolist()
    error = np.abs(predicted - y) / y
    slices: dict[str, Any] = {}
    for name in problem.slices:
        values = holdout[name]
        groups = pd.qcut(values, 4, duplicates="drop") if values.nunique() > 15 else values
        slices[name] = pd.Series(error).groupby(groups.astype(str)).agg(["mean", "size"])
    limits = problem.gate.limits
    passes = point["mape"] <= limits["mape"] and point["r2"] >= limits["r2"] and difference[1] < 0
    certificate = {
        "decision": "promote" if passes else "keep",
        "digest": winner.digest,
        "metrics": point,
        "intervals": intervals,
        "baseline": baseline_point,
        "difference": difference,
        "slices": {name: table.to_dict() for name, table in slices.items()},
    }
    figure = Figure(figsize=(9.6, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.hist2d(np.log10(y), np.log10(predicted), bins=60)
    right.hist(np.clip(np.log(predicted / y), -1, 1), bins=60)
    errors = Figure(figsize=(9.6, 2 * len(slices)), layout="constrained")
    for axis, (name, table) in zip(errors.subplots(len(slices), 1), slices.items(), strict=True):
        axis.barh([str(value) for value in table.index], table["mean"])
        axis.set_title(name)
    table = pd.DataFrame({"model": point, "baseline": baseline_point, "interval": intervals})
    sections = {
        "Metrics": table.to_html(),
        "Predictions": plain_data.figure_svg(figure),
        "Groups": plain_data.figure_svg(errors),
    }
    return certificate, sections


def register(uri: str, winner: Model, dataset: pd.DataFrame, problem: Problem) -> str:
    """Register the model as champion, and return the sections of its card."""
    version = mlflow.register_model(uri, _NAME)
    MlflowClient().set_registered_model_alias(_NAME, "champion", version.version)
    known = dataset.loc[dataset["split"] != "holdout", list(problem.features)]
    reference = known.sample(min(len(known), 20_000), random_state=0)
    explained = reference.sample(_EXPLAINED_ROWS, random_state=0).to_numpy(float)
    importance = feature_importance(winner, explained)
    figure = Figure(figsize=(9.6, 4), layout="constrained")
    axis = figure.subplots()
    axis.barh(list(importance), list(importance.values()))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "snapshot.parquet"
        reference.to_parquet(path, index=False)
        mlflow.log_artifact(str(path))
    return plain_data.figure_svg(figure)


def main(folder: Path) -> None:
    """Do all of it, with MLflow's store, the online store and the reports in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    problem = load_problem(Path("problems/house_price.yaml"))
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.create_experiment(_NAME, artifact_location=str(folder / "artifacts"))
    mlflow.set_experiment(_NAME)
    with mlflow.start_run():
        valid = plain_data.read_valid(problem, folder)
        mlflow.log_text(plain_data.data_sheet(valid, problem), "data_sheet.html")
        mlflow.log_artifact(str(folder / "quarantine.csv"))
        derived = plain_data.with_derived(valid)
        plain_data.write_views(derived, problem, folder)
        dataset = plain_data.join_views(derived, problem, folder)
        mlflow.log_input(from_pandas(dataset.head(1000), targets="price"), context="training")
        plain_data.materialize(problem, folder)
        results = {name: train(name, dataset, problem) for name in problem.candidates}
        uris = {name: log_candidate(name, trained) for name, trained in results.items()}
        best = min(results, key=lambda name: float(results[name]["mape"]))
        winner = Model(results[best]["onnx"])
        certificate, sections = evaluate(winner, dataset, problem)
        mlflow.log_dict(certificate, "certificate.json")
        mlflow.log_text(plain_data.page("Comparison", sections), "comparison.html")
        mlflow.log_metrics(certificate["metrics"])
        mlflow.set_tags({"decision": certificate["decision"], "winner": best})
        if certificate["decision"] == "promote":
            sections["Importance"] = register(uris[best], winner, dataset, problem)
            mlflow.log_text(plain_data.page("Model card", sections), "model_card.html")
    result = {
        "validation": {name: trained["mape"] for name, trained in results.items()},
        "decision": certificate["decision"],
        "holdout": certificate["metrics"],
    }
    (folder / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
