"""One step in a process of its own: ``python -m benchmarks.scale.step SYSTEM STEP FOLDER``.

The folder holds the problem file and gets what the step writes, which the next one reads.
"""

import sys
from pathlib import Path

from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem

OURS, SPARK, BASELINE = "Homestead", "Homestead on Spark", "pandas + Feast"
INGEST, TRAINING_SET, TRAIN = "ingest", "training set", "train linear"
STEPS = (INGEST, TRAINING_SET, TRAIN)
PROBLEM_FILE = "problem.yaml"


def run(system: str, step: str, folder: Path) -> None:
    """Run a step.

    Args:
        system: ``OURS``; ``SPARK``, the same with the engine that the environment sets; or
            ``BASELINE``, which shares our training.
    """
    problem = load_problem(folder / PROBLEM_FILE)
    if step == TRAIN:
        from homestead.steps.train import train_and_write_candidate

        model, result = folder / "model.onnx", folder / "result.json"
        train_and_write_candidate(
            problem,
            "linear",
            0,
            dataset=folder / "dataset.parquet",
            model=model,
            result=result,
            report=print,
        )
    elif system == BASELINE:
        from benchmarks.scale import pandas_feast

        {INGEST: pandas_feast.ingest, TRAINING_SET: pandas_feast.build_training_set}[step](
            problem, folder
        )
    else:
        {INGEST: _ingest, TRAINING_SET: _build_training_set}[step](problem, folder)


def _ingest(problem: Problem, folder: Path) -> None:
    from homestead.data.tables import hash_source
    from homestead.steps.ingest import ingest_source

    ingest_source(
        problem,
        hash_source(problem.source),
        valid=folder / "valid.parquet",
        quarantine=folder / "quarantine.csv",
        data_sheet=folder / "data_sheet.html",
        report=print,
    )


def _build_training_set(problem: Problem, folder: Path) -> None:
    from homestead.steps.training_set import build_training_set

    views = folder / "views"
    views.mkdir(exist_ok=True)
    build_training_set(
        problem,
        valid=folder / "valid.parquet",
        views=views,
        dataset=folder / "dataset.parquet",
        report=print,
    )


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
