"""What a step on Kubernetes runs: the same rows on its own cores and on executors."""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homestead.problem.schema import Problem

_ROWS, _PART_ROWS = 3000, 800


def digests(engine: str, folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each view's table, of the training set and of each scored part.

    Args:
        engine: that computes them.
        folder: for the files, which does not exist yet.
    """
    from homestead.data.ingest import ingest
    from homestead.data.tables import write_parquet
    from homestead.engine import buckets
    from homestead.features.training_set import write_training_set
    from homestead.features.views import compute_views, view_file
    from homestead.problem.loader import load_problem

    # The house sales are one bucket; executors are to share several.
    for name in ("SMALL_TABLE_ROWS", "_ROWS_PER_BUCKET"):
        setattr(buckets, name, 2000)
    folder.mkdir()
    os.environ |= {"HOMESTEAD_ENGINE": engine, "HOMESTEAD_HOME": str(folder / "home")}
    problem = load_problem(Path("problems/house_price.yaml"))
    valid, dataset = folder / "valid.parquet", folder / "dataset.parquet"
    write_parquet(ingest(problem).valid, valid)
    compute_views(valid, folder, problem)
    write_training_set(valid, folder, dataset, problem)
    parts = scored_parts(problem, dataset, folder)
    files = [*(view_file(folder, name) for name in problem.views), dataset]
    contents = {file.name: file.read_bytes() for file in files}
    # A job's id, which holds its target, is in the names.
    contents |= {f"scored part {i}": part.read_bytes() for i, part in enumerate(parts)}
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def scored_parts(problem: "Problem", dataset: Path, folder: Path) -> list[Path]:
    """Train a small model, score some rows at their times with it, and return the parts' files."""
    import pandas as pd

    from homestead.problem.sections.candidate import Candidate
    from homestead.scoring.job import ScoringOptions
    from homestead.scoring.outcome import ScoredModel
    from homestead.scoring.run import score_table
    from homestead.settings import Settings
    from homestead.training.search import train_candidate

    estimator = "sklearn.ensemble.HistGradientBoostingRegressor"
    small = Candidate.model_validate({"estimator": estimator, "parameters": {"max_iter": 10}})
    problem = problem.model_copy(update={"candidates": {"small": small}})
    trained = train_candidate("small", dataset, problem)
    source, target = folder / "rows.parquet", folder / "scores"
    pd.read_parquet(problem.source).head(_ROWS).to_parquet(source, index=False)
    options = ScoringOptions(features="point-in-time", part_rows=_PART_ROWS)
    model = ScoredModel("1", trained.onnx)
    score_table(problem, Settings.read(), model, str(source), str(target), options)
    return sorted(target.glob("part-*"))


def main() -> None:
    """Print digests by engine, as one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        found = {engine: digests(engine, Path(folder, engine)) for engine in ("local", "spark")}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
