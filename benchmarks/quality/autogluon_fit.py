"""Fit AutoGluon in its own environment: ``autogluon_fit.py FOLDER TARGET METRIC SECONDS TASK``.

Reads ``train.parquet`` and ``holdout.parquet`` from the folder, and writes ``predictions.parquet``
(values, or a column of probabilities for each class) and ``leaderboard.csv``.
"""

import sys
import time
from pathlib import Path

import pandas as pd

METRICS = {
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "rmse": "root_mean_squared_error",
    "roc_auc": "roc_auc",
    "log_loss": "log_loss",
    "accuracy": "accuracy",
}


def main(folder: Path, target: str, metric: str, seconds: int, task: str) -> None:
    """Fit on one table, predict the other."""
    from autogluon.tabular import TabularPredictor

    train = pd.read_parquet(folder / "train.parquet")
    holdout = pd.read_parquet(folder / "holdout.parquet")
    # Whole minutes of delay look like classes to it.
    problem_type = "regression" if task == "regression" else None
    predictor = TabularPredictor(
        target,
        problem_type=problem_type,
        eval_metric=METRICS[metric],
        path=str(folder / "models"),
        verbosity=1,
    )
    start = time.monotonic()
    predictor.fit(train, presets="medium_quality", time_limit=seconds)
    fitted_s = time.monotonic() - start
    if predictor.problem_type == "regression":
        predictions = predictor.predict(holdout.drop(columns=target)).to_frame("prediction")
    else:
        predictions = predictor.predict_proba(holdout.drop(columns=target))
    predictions.columns = [str(name) for name in predictions.columns]
    predictions.to_parquet(folder / "predictions.parquet")
    predictor.leaderboard().to_csv(folder / "leaderboard.csv", index=False)
    (folder / "seconds.txt").write_text(f"{fitted_s:.1f}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
