"""Training set component: views, joined features, a split by time, the candidates' names."""

from pathlib import Path

import pandas as pd

from homestead.components.training_set.component import training_set
from tests.components import TrainedHome, run_locally

VIEWS = {"customer_facts.parquet", "region_trouble.parquet"}


def test_the_function_joins_and_splits_the_rows(home: TrainedHome) -> None:
    dataset = pd.read_parquet(home.artifact("training_set", "dataset"))
    assert dataset["split"].value_counts().to_dict() == {
        "train": 394,
        "validation": 140,
        "holdout": 166,
    }
    views = home.artifact("training_set", "views")
    assert {path.name for path in views.iterdir()} == VIEWS
    assert "trouble" in pd.read_parquet(views / "region_trouble.parquet")
    assert dataset["trouble"].between(0, 1).mean() > 0.9
    assert home.parameter("training_set") == ["logistic"]


def test_the_local_runner_gives_the_same_training_set(home: TrainedHome, tmp_path: Path) -> None:
    inputs = {"valid": home.artifact("ingest", "valid")}
    outputs = run_locally(training_set, tmp_path, {"problem": home.problem}, inputs)
    dataset = home.artifact("training_set", "dataset")
    assert outputs.artifacts["dataset"].read_bytes() == dataset.read_bytes()
    assert outputs.parameters == {"Output": ["logistic"]}
    for name in VIEWS:
        expected = pd.read_parquet(home.artifact("training_set", "views") / name)
        pd.testing.assert_frame_equal(pd.read_parquet(outputs.artifacts["views"] / name), expected)
