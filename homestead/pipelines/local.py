"""Running the compiled pipeline on this machine, without Docker."""

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from homestead.database.locks import is_process_running
from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.files import write_text
from homestead.names import (
    CERTIFICATE_FILE,
    COMPARISON_FILE,
    DATA_SHEET_FILE,
    MODEL_CARD_FILE,
)
from homestead.pipelines.compile import COMPILED, without_retries
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.progress import ERROR, PROGRESS
from homestead.tracking import registry, runs, tags

_PARALLEL = 2  # what the local runner trains at a time
# Below runs/<id>, while the run lasts.
_ARTIFACTS, _SCRATCH, _OWNER = "artifacts", "scratch", "pid"
REPORTS = (DATA_SHEET_FILE, COMPARISON_FILE, CERTIFICATE_FILE)


def run_local(problem: Problem, seed: int = 0, settings: Settings | None = None) -> dict[str, Any]:
    """Run the training pipeline; its log goes to ``runs/<id>/pipeline.log``.

    Returns:
        What happened: run, decision, reason, model, version and digest of the champion now,
        ``champion_metrics`` on the holdout with intervals, ``baseline_metrics``, ``candidates``
        (name and validation metric), ``reports`` (paths), ``seconds``. The same is written to
        ``runs/<id>/result.json``; of a failed run, decision ``failed`` and the reason.

    Raises:
        UserError: a step failed; the message is the step's own.
    """
    settings = settings or Settings.read()
    _sweep(settings.folder("runs"))
    run = uuid.uuid4().hex[:12]
    folder = settings.folder("runs", run)
    write_text(folder / _OWNER, str(os.getpid()))
    started = time.monotonic()
    watch = _Watch(folder / "pipeline.log")
    arguments = {"problem": dump_problem(problem), "pipeline_run": run, "seed": seed}
    try:
        with contextlib.redirect_stdout(watch):
            _run(arguments, settings, folder)
    except RuntimeError as error:
        reason = watch.reason() or str(error)
        failed = {"decision": "failed", "reason": reason, "model": problem.name}
        write_text(folder / "result.json", json.dumps(failed, indent=2) + "\n")
        raise UserError(f"{reason}\nThe whole log: {folder / 'pipeline.log'}") from None
    finally:
        watch.close()
        _remove_work(folder)
    result = _result(problem, settings, run) | {"seconds": round(time.monotonic() - started, 1)}
    write_text(folder / "result.json", json.dumps(result, indent=2) + "\n")
    return result


def _run(arguments: dict[str, Any], settings: Settings, folder: Path) -> None:
    from joblib import cpu_count
    from kfp import components, local

    # Each task unpacks its code into the temporary folder and leaves it there.
    scratch = folder / _SCRATCH
    scratch.mkdir()
    variables = {
        "HOMESTEAD_HOME": str(settings.home),
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "HOMESTEAD_DATABASE_URL": settings.database_url,
        "HOMESTEAD_REDIS": settings.redis_connection,
        "HOMESTEAD_FEAST_REGISTRY": settings.feast_registry,
        "HOMESTEAD_COMMIT": runs.current_commit(),
        runs.RUNNER_PID: str(os.getpid()),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(scratch),
        # Candidates train side by side. More threads than cores make OpenMP's wait for each
        # other: a fit of 2 s took 80 s.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS")
        or str(max(1, cpu_count() // _PARALLEL)),
    }
    with _environment(variables), warnings.catch_warnings():
        # The runner warns of an image without "python" in its name; it uses none.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="kfp.local")
        # Nor does it keep to a step's resources: they are for clusters.
        warnings.filterwarnings("ignore", message=".*have no effect in the current local runner")
        local.init(
            local.SubprocessRunner(use_venv=False),
            pipeline_root=str(folder / _ARTIFACTS),
            raise_on_error=True,
        )
        components.load_component_from_text(without_retries(COMPILED.read_text()))(**arguments)


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Steps are processes that inherit the environment: it is all that they know of settings."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    # tempfile remembers the first folder it was asked for, which may be a run's scratch folder.
    tempfile.tempdir = None
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        tempfile.tempdir = None


def _sweep(runs: Path) -> None:
    """Remove the working files that killed runs left."""
    for owner in runs.glob(f"*/{_OWNER}"):
        with contextlib.suppress(FileNotFoundError):  # another run sweeps, too
            if not is_process_running(int(owner.read_text())):
                _remove_work(owner.parent)


def _remove_work(folder: Path) -> None:
    shutil.rmtree(folder / _ARTIFACTS, ignore_errors=True)
    shutil.rmtree(folder / _SCRATCH, ignore_errors=True)
    (folder / _OWNER).unlink(missing_ok=True)


def _result(problem: Problem, settings: Settings, run: str) -> dict[str, Any]:
    mlflow = runs.open_client(settings)
    found = runs.find_run(mlflow, problem.name, run)
    if found is None:
        raise UserError(f"run {run}: no parent run in MLflow")
    root = _place(found)
    reports = {Path(name).stem: str(root / name) for name in REPORTS if (root / name).exists()}
    certificate = Certificate.from_json(
        runs.read_text(mlflow, found.info.run_id, CERTIFICATE_FILE),
        f"run {found.info.run_id}: {CERTIFICATE_FILE}",
    )
    now = registry.champion(mlflow, problem.name)
    standing = certificate.winner
    if certificate.decision != "promote" and certificate.champion is not None:
        standing = certificate.champion
    if now is not None:
        origin = registry.version_run_id(mlflow, problem.name, now.version)
        card = _place(mlflow.get_run(origin)) / MODEL_CARD_FILE
        reports |= {"model_card": str(card)} if card.exists() else {}
    return {
        "run": found.info.run_id,
        "decision": certificate.decision,
        "reason": certificate.reason,
        "model": problem.name,
        "version": now.version if now else None,
        "digest": now.digest if now else None,
        "champion_metrics": standing.model_dump()["metrics"],
        "baseline_metrics": certificate.baseline,
        "candidates": [
            {"name": name, problem.metric: value}
            for name, value in json.loads(found.data.tags[tags.CANDIDATES]).items()
        ],
        "reports": reports,
    }


def _place(run: Any) -> Path:
    """Where a run's artifacts lie, if that is on this machine."""
    return Path(unquote(urlsplit(run.info.artifact_uri).path))


class _Watch(io.TextIOBase):
    """Takes the runner's output: all of it to a log, the steps' own lines to the person."""

    def __init__(self, path: Path, show: Callable[[str], None] | None = None) -> None:
        self.said: list[str] = []
        self._log = path.open("w")
        self._show = show or (lambda line: click.echo(line, err=True))
        self._started: dict[str, float] = {}

    def write(self, text: str) -> int:
        self._log.write(text)
        self._log.flush()
        for line in text.splitlines():
            if line.startswith(PROGRESS):
                self._progress(line.removeprefix(PROGRESS))
            elif line.startswith(ERROR):
                said = line.removeprefix(ERROR)
                self.said.append(said)
                self._started.pop(said.partition(": ")[0], None)
        return len(text)

    def reason(self) -> str:
        """Why the run failed: what the steps said, and which ended without a word."""
        silent = [f"{name}: ended without a word; was it killed?" for name in self._started]
        return "\n".join([*self.said, *silent])

    def _progress(self, line: str) -> None:
        name, _, message = line.partition(": ")
        if message == "started":
            self._started[name] = time.monotonic()
            return
        if message == "done":
            message = f"done in {time.monotonic() - self._started.pop(name):.1f} s"
        self._show(f"  {name:<26} {re.sub(r'[^ -~]', ' ', message)}")

    def close(self) -> None:
        self._log.close()
