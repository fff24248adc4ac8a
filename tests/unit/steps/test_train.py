"""The training step reads what a training needs, and trains what the whole table does."""

from pathlib import Path

import numpy as np
import pandas as pd

from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.train import train_and_write_candidate
from homestead.training.search import train_candidate
from tests.problem_text import changed_flats

ROWS = 120


def _problem() -> Problem:
    return parse_problem(
        changed_flats(
            derived__size="log(area)",
            derived__half="size / 2",
            features=["half", "district"],
            candidates__ridge__search={"alpha": [0.1, 10.0]},
            candidates__ridge__trials=2,
        )
    )


def _dataset() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 120, ROWS)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "area": area,
            "district": draw.choice(["north", "south"], ROWS),
            "floor": draw.integers(0, 9, ROWS),
            "agent": draw.choice(["x", "y"], ROWS),
            "rent": 9 * area + draw.normal(0, 5, ROWS),
            "size": np.log(area),
            "half": np.log(area) / 2,
            "split": ["train"] * 70 + ["validation"] * 30 + ["holdout"] * 20,
        }
    )


def test_the_model_is_that_of_the_whole_table(tmp_path: Path) -> None:
    problem, dataset = _problem(), tmp_path / "dataset.parquet"
    _dataset().to_parquet(dataset)
    lines: list[str] = []
    metrics = train_and_write_candidate(
        problem,
        "ridge",
        0,
        dataset=dataset,
        model=tmp_path / "model.onnx",
        result=tmp_path / "result.json",
        report=lines.append,
    )
    whole = train_candidate("ridge", pd.read_parquet(dataset), problem, 0)
    assert (tmp_path / "model.onnx").read_bytes() == whole.onnx
    assert metrics["mae"] == whole.validation["mae"].value
    assert len([line for line in lines if line.startswith("trial")]) == 2
