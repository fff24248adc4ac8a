"""What every server serves and is asked: one ONNX model, and rows of the holdout."""

import dataclasses
import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.files import write_text
from homestead.model.onnx_model import Model
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.signing.model_certificate import certificate_file, sign_predicate
from homestead.training.search import train_candidate

PROBLEM = Path("problems/house_price.yaml")
CANDIDATE = "gradient_boosting"
ROWS = 200
# A change of these makes another model.
_MODEL_SOURCES = [
    Path("homestead") / name
    for name in (
        "training/estimators.py",
        "training/search.py",
        "model/onnx_export.py",
        "model/onnx_linear.py",
        "model/trees/sklearn_trees.py",
        "problem/contract.py",
    )
]
REDIS_PORT = 9791


@dataclasses.dataclass(frozen=True)
class World:
    """A folder with the model and the stores, and what requests are made of.

    Attributes:
        fields: rows as a client knows them: columns and stored features, nothing derived.
        keys: entities in the online stores.
        matrix: (rows, features) the same rows as the model's inputs.
        expected: (rows,) the model's predictions of them.
    """

    problem: Problem
    folder: Path
    model: Path
    fields: list[dict[str, Any]]
    keys: list[int]
    matrix: np.ndarray
    expected: np.ndarray

    def home(self, store: str) -> Path:
        """Return the home of a server with an online store, ``sqlite`` or ``redis``."""
        return self.folder / store


def prepare(folder: Path) -> World:
    """Train the model and fill both online stores, unless this code has done so before.

    Redis has to run, see :func:`redis`.
    """
    problem = load_problem(PROBLEM)
    done = folder / f"world-{_digest(Path('homestead').rglob('*.py'))}.json"
    if not done.exists():
        write_text(done, json.dumps(_prepare(folder, problem)))
    known = json.loads(done.read_text(encoding="utf-8"))
    path, matrix = Path(known["model"]), np.array(known["matrix"])
    expected = Model(path.read_bytes()).predict(matrix)
    return World(problem, folder, path, known["fields"], known["keys"], matrix, expected)


def _prepare(folder: Path, problem: Problem) -> dict[str, Any]:
    valid = ingest(problem).valid
    views = folder / "views"
    write_views(view_tables(valid, problem), views)
    dataset = training_set(valid, views, problem)
    path = folder / f"model-{_digest(_MODEL_SOURCES)}.onnx"
    if not path.exists():
        # The search's first values: this is about the server, not about the best model.
        candidate = problem.candidates[CANDIDATE].model_copy(update={"trials": 1})
        fixed = {name: candidate.searched_values(name)[:1] for name in candidate.search}
        candidate = candidate.model_copy(update={"search": fixed})
        changed = problem.model_copy(update={"candidates": {CANDIDATE: candidate}})
        path.write_bytes(train_candidate(CANDIDATE, dataset, changed).onnx)
    model = Model(path.read_bytes())
    for store in ("sqlite", "redis"):
        url = f"127.0.0.1:{REDIS_PORT}" if store == "redis" else ""
        settings = Settings(home=folder / store, redis_connection=url)
        settings.folder("feast")
        materialize(views, problem, settings)
        # As the step 'register' leaves a first model.
        version = signed_version(settings, problem.name, path, "1")
        write_plan(
            settings.release_plan(problem.name), ReleasePlan(problem=problem.name, champion=version)
        )
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT].dropna().drop_duplicates("id").tail(ROWS)
    matrix = feature_matrix(holdout, model.contract)
    return {
        "model": str(path.absolute()),
        "fields": _fields(holdout, problem),
        "keys": [int(key) for key in holdout[problem.key]],
        "matrix": matrix.tolist(),
    }


def signed_version(
    settings: Settings, problem: str, path: Path, version: str, champion: str | None = None
) -> ModelVersion:
    """Return a model file as a version with a certificate that is signed with the home's key.

    Args:
        champion: digest of the champion that the certificate was issued against, if any.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    predicate = {
        "problem": problem,
        "decision": "promote",
        "winner": {"digest": digest},
        "champion": None if champion is None else {"digest": champion},
    }
    envelope = sign_predicate(predicate, open_signing_key(settings))
    certificate = settings.home / certificate_file(envelope)
    certificate.write_bytes(envelope)
    return ModelVersion(
        version=version,
        digest=digest,
        uri=str(path.absolute()),
        certificate=str(certificate.absolute()),
    )


def _fields(rows: pd.DataFrame, problem: Problem) -> list[dict[str, Any]]:
    """Return the columns and stored features that the model needs, as a client sends them."""
    names = [n for view in problem.views.values() for n in view.names]
    kinds = {n: c.type for n, c in problem.columns.items()}
    convert = {"boolean": bool, "integer": int}
    return [
        {name: convert.get(kinds.get(name, ""), float)(row[name]) for name in names}
        for row in rows.to_dict("records")
    ]


def _digest(code: Iterable[Path]) -> str:
    """Return a digest of the problem file and of source files."""
    paths = [PROBLEM, *sorted(code)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


@contextmanager
def redis(folder: Path, core: int) -> Iterator[None]:
    """Run Redis on the load generator's core; it saves its data in the folder at the end."""
    command = ["taskset", "-c", str(core), "redis-server", "--port", str(REDIS_PORT)]
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", REDIS_PORT), 0.2).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise UserError("redis-server does not start") from None
                time.sleep(0.05)
        yield
    finally:
        subprocess.run(
            ["redis-cli", "-p", str(REDIS_PORT), "shutdown", "save"], check=False, timeout=30
        )
        process.wait(30)


def body(content: Any) -> str:
    """Return a request's body as JSON without spaces."""
    return json.dumps(content, separators=(",", ":"))
