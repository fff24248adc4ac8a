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
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from homestead import tracking
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem import Problem, dump_problem
from homestead.registry import champion, read_model
from homestead.settings import Settings
from homestead.steps import ERROR, PROGRESS
from pipelines.compile import COMPILED

REPORTS = ("data_sheet.html", "comparison.html", "certificate.json")


def run_local(problem: Problem, seed: int = 0, settings: Settings | None = None) -> dict[str, Any]:
    """Run the training pipeline; its log goes to ``runs/<id>/pipeline.log``.

    Returns:
        What happened: run, decision, reason, model, version and digest of the champion now,
        ``champion_metrics`` on the holdout with intervals, ``baseline_metrics``, ``candidates``
        (name and validation metric), ``reports`` (paths), ``seconds``. Also ``result.json``.

    Raises:
        UserError: a step failed; the message is the step's own.
    """
    settings = settings or Settings.read()
    run = uuid.uuid4().hex[:12]
    folder = settings.folder("runs", run)
    started = time.monotonic()
    watch = _Watch(folder / "pipeline.log")
    arguments = {"problem": dump_problem(problem), "pipeline_run": run, "seed": seed}
    try:
        with contextlib.redirect_stdout(watch):
            _run(arguments, settings, folder)
    except RuntimeError as error:
        reason = "\n".join(watch.said) or str(error)
        raise UserError(f"{reason}\nThe whole log: {folder / 'pipeline.log'}") from None
    finally:
        watch.close()
        shutil.rmtree(folder / "artifacts", ignore_errors=True)
    result = _result(problem, settings, run) | {"seconds": round(time.monotonic() - started, 1)}
    write_text(folder / "result.json", json.dumps(result, indent=2) + "\n")
    return result


def _run(arguments: dict[str, Any], settings: Settings, folder: Path) -> None:
    from kfp import components, local

    # Steps are processes that inherit the environment; a relative home would move with them.
    os.environ["HOMESTEAD_HOME"] = str(settings.home)
    os.environ[tracking.RUNNER_PID] = str(os.getpid())
    os.environ["HOMESTEAD_COMMIT"] = tracking.commit()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Each task unpacks its code into the temporary folder and leaves it there.
    with tempfile.TemporaryDirectory() as scratch:
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = scratch
        try:
            # The runner warns of an image without "python" in its name; it uses none.
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="kfp.local")
            local.init(
                local.SubprocessRunner(use_venv=False),
                pipeline_root=str(folder / "artifacts"),
                raise_on_error=True,
            )
            components.load_component_from_file(str(COMPILED))(**arguments)
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before


def _result(problem: Problem, settings: Settings, run: str) -> dict[str, Any]:
    mlflow = tracking.client(settings)
    found = tracking.find_run(mlflow, problem.name, run)
    tags = {k.removeprefix(tracking.TAG): v for k, v in found.data.tags.items()}
    root = Path(unquote(urlsplit(found.info.artifact_uri).path))
    reports = {Path(name).stem: str(root / name) for name in REPORTS if (root / name).exists()}
    certificate = json.loads(read_model(f"{found.info.artifact_uri}/certificate.json"))
    now = champion(mlflow, problem.name)
    stands = certificate["winner"]
    if certificate["decision"] != "promote" and certificate["champion"] is not None:
        stands = certificate["champion"]
    if now is not None:
        card = mlflow.get_model_version(problem.name, now.version).run_id
        place = Path(unquote(urlsplit(mlflow.get_run(str(card)).info.artifact_uri).path))
        reports["model_card"] = str(place / "model_card.html")
    return {
        "run": found.info.run_id,
        "decision": certificate["decision"],
        "reason": certificate["reason"],
        "model": problem.name,
        "version": now.version if now else None,
        "digest": now.digest if now else None,
        "champion_metrics": stands["metrics"],
        "baseline_metrics": certificate["baseline"],
        "candidates": [
            {"name": name, problem.metric: value}
            for name, value in json.loads(tags["candidates"]).items()
        ],
        "reports": reports,
    }


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
                self.said.append(line.removeprefix(ERROR))
        return len(text)

    def _progress(self, line: str) -> None:
        name, _, message = line.partition(": ")
        if message == "started":
            self._started[name] = time.monotonic()
            return
        if message == "done":
            message = (
                f"done in {time.monotonic() - self._started.get(name, time.monotonic()):.1f} s"
            )
        self._show(f"  {name:<26} {re.sub(r'[^ -~]', ' ', message)}")

    def close(self) -> None:
        self._log.close()
