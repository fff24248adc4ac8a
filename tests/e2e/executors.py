"""What a step on Kubernetes runs: the same rows on its own cores and on executors."""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path


def digests(engine: str, folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each view's table and of the training set, as an engine writes them."""
    from homestead.data.ingest import ingest
    from homestead.data.tables import write_parquet
    from homestead.engine import buckets
    from homestead.features.training_set import write_training_set
    from homestead.features.views import compute_views, view_file
    from homestead.problem.loader import load_problem

    # The house sales are one bucket; executors are to share several.
    for name in ("SMALL_TABLE_ROWS", "_ROWS_PER_BUCKET"):
        setattr(buckets, name, 2000)
    os.environ["HOMESTEAD_ENGINE"] = engine
    problem = load_problem(Path("problems/house_price.yaml"))
    valid, dataset = folder / "valid.parquet", folder / "dataset.parquet"
    folder.mkdir()
    write_parquet(ingest(problem).valid, valid)
    compute_views(valid, folder, problem)
    write_training_set(valid, folder, dataset, problem)
    files = [*(view_file(folder, name) for name in problem.views), dataset]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main() -> None:
    """Print digests by engine, as one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        found = {engine: digests(engine, Path(folder, engine)) for engine in ("local", "spark")}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
