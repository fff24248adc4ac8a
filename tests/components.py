"""Running single pipeline components: as plain functions, and through kfp's local runner."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kfp import dsl, local
from mlflow import MlflowClient

from homestead.components.evaluate.component import evaluate
from homestead.components.gate.component import gate
from homestead.components.ingest.component import ingest
from homestead.components.materialize.component import materialize
from homestead.components.open_run.component import open_run
from homestead.components.register.component import register
from homestead.components.release.component import release
from homestead.components.select.component import select
from homestead.components.train.component import train
from homestead.components.training_set.component import training_set
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.pipelines.local import changed_environment
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.setting_values import sqlite_url
from homestead.signing.key_files import read_verify_keys
from homestead.tracking.runs import open_client
from tests.conftest import settings_at

PIPELINE_RUN = "functions"
# A test would count the predictions of another, or not, as the order of the tests has it.
_NO_PREDICTIONS = """
CREATE TRIGGER no_predictions BEFORE INSERT ON predictions
BEGIN SELECT RAISE(ABORT, 'tests share this home: log predictions into its database_copy()'); END
"""


@dataclass
class ComponentOutputs:
    """Outputs of a component: parameters by name, where its artifacts lie, their metadata."""

    parameters: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)


class TrainedHome:
    """A home in which the function of each component has run once, with one candidate.

    Attributes:
        parsed_problem: the small problem with one candidate.
        problem: the same as a pipeline's parameter, YAML.
        outputs: by the component's name; a function's single answer is ``Output``.
    """

    def __init__(self, folder: Path, problem: Problem) -> None:
        candidates = {"logistic": problem.candidates["logistic"]}
        self.home = folder / "home"
        self.parsed_problem = problem.model_copy(update={"candidates": candidates})
        self.problem = dump_problem(self.parsed_problem)
        self.outputs: dict[str, ComponentOutputs] = {}
        self._folder = folder
        with self.environment():
            self._run_all()
        with contextlib.closing(sqlite3.connect(self._database)) as database:
            database.execute(_NO_PREDICTIONS)

    @property
    def _database(self) -> Path:
        return self.home / "homestead.db"

    def database_copy(self, folder: Path) -> str:
        """Return the address of a copy of the database, into which a test may log predictions."""
        path = folder / "homestead.db"
        shutil.copyfile(self._database, path)
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DROP TRIGGER no_predictions")
        return sqlite_url(path)

    def environment(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which components find this home."""
        return changed_environment(
            {
                "HOMESTEAD_HOME": str(self.home),
                "HOMESTEAD_COMMIT": "c0ffee",
                "MLFLOW_TRACKING_URI": "",
                "HOMESTEAD_DATABASE_URL": "",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            }
        )

    def artifact(self, component: str, name: str) -> Path:
        return self.outputs[component].artifacts[name]

    def handle(self, component: str, name: str, path: Path | None = None) -> dsl.Artifact:
        """Return an artifact as a component's function gets it, by default the function's own."""
        return dsl.Artifact(name=name, uri=str(path or self.artifact(component, name)))

    def parameter(self, component: str, name: str = "Output") -> Any:
        return self.outputs[component].parameters[name]

    @property
    def run_id(self) -> str:
        return str(self.parameter("open_run", "run_id"))

    def opened_run(self) -> dict[str, Any]:
        """Return the parameters that name the run and its data."""
        return {name: self.parameter("open_run", name) for name in ("run_id", "data_hash")}

    def candidate(self) -> dict[str, Any]:
        """Return the parameters of the steps that judge and register the winner."""
        return {
            "problem": self.problem,
            **self.opened_run(),
            "candidate": self.parameter("select"),
        }

    def certificate(self, path: Path) -> Certificate:
        """Return a certificate that the home's key has signed."""
        keys = read_verify_keys(settings_at(self.home))
        return SignedCertificate.read(path, keys).certificate

    def client(self) -> MlflowClient:
        return open_client(settings_at(self.home))

    def _run_all(self) -> None:
        problem = {"problem": self.problem}
        run_id, data_hash, labelled, workers = self._run(
            open_run, {**problem, "pipeline_run": PIPELINE_RUN, "cause": ""}
        )
        self.outputs["open_run"].parameters = {"run_id": run_id, "data_hash": data_hash}
        data = {"data_hash": data_hash, "labelled": labelled}
        documents = ("quarantine", "data_sheet")
        self._run(ingest, {**problem, **data}, outputs=("valid", *documents))
        valid = {"valid": self.artifact("ingest", "valid")}
        self._run(training_set, problem, valid, ("views", "dataset"))
        views = {"views": self.artifact("training_set", "views")}
        ingested = {name: self.artifact("ingest", name) for name in documents}
        self._run(materialize, {**problem, "run_id": run_id}, {**views, **ingested})
        dataset = {"dataset": self.artifact("training_set", "dataset")}
        self._run(
            train,
            {**problem, "candidate": "logistic", "seed": 0, "boosting_workers": workers},
            dataset,
            ("model", "result", "metrics"),
        )
        trained = {
            "models": [dsl.Model(name="model", uri=str(self.artifact("train", "model")))],
            "results": [dsl.Artifact(name="result", uri=str(self.artifact("train", "result")))],
        }
        self._run(select, {**problem, **self.opened_run(), "seed": 0, **trained}, {}, ("winner",))
        candidate = self.candidate()
        inputs = {**dataset, "winner": self.artifact("select", "winner")}
        self._run(
            evaluate,
            candidate,
            inputs,
            ("certificate", "comparison", "metrics", "classification", "summary"),
        )
        certificate = {"certificate": self.artifact("evaluate", "certificate")}
        self._run(gate, {}, certificate)
        registered = self._run(register, candidate, {**inputs, **certificate}, ("model_card",))
        self._run(release, {**problem, "run_id": run_id, "registered": registered})

    def _run(
        self,
        component: Any,
        parameters: Mapping[str, Any],
        artifacts: Mapping[str, Path] | None = None,
        outputs: tuple[str, ...] = (),
    ) -> Any:
        paths = {name: self._folder / component.name / name for name in outputs}
        inputs = {**(artifacts or {}), **paths}
        types = {
            **(component.component_spec.inputs or {}),
            **(component.component_spec.outputs or {}),
        }
        handles = {
            name: _artifact_class(types[name].type)(name=name, uri=str(path))
            for name, path in inputs.items()
        }
        answer = component.python_func(**parameters, **handles)
        name = component.name.replace("-", "_")
        self.outputs[name] = ComponentOutputs(
            {"Output": answer}, paths, {name: dict(handles[name].metadata) for name in outputs}
        )
        return answer


def run_locally(
    component: Any,
    folder: Path,
    parameters: Mapping[str, Any],
    artifacts: Mapping[str, Path] | None = None,
) -> ComponentOutputs:
    """Run a component as a process of kfp's local runner, as ``homestead train`` does.

    Args:
        folder: where artifacts are written.
        artifacts: files of the component's input artifacts.
    """

    @dsl.pipeline(name="single")  # type: ignore[untyped-decorator]
    def single() -> None:
        imported = {
            name: import_artifact(str(path), component.component_spec.inputs[name].type)
            for name, path in (artifacts or {}).items()
        }
        component(**parameters, **imported)

    run_pipeline(single, folder)
    return read_outputs(component, folder)


def import_artifact(uri: Any, type_name: str) -> Any:
    """Return an importer's output inside of a pipeline.

    Args:
        type_name: as in a component's specification: ``system.Dataset@0.0.1``.
    """
    kind = _artifact_class(type_name)
    return dsl.importer(artifact_uri=uri, artifact_class=kind, reimport=False).output


def _artifact_class(type_name: str) -> Any:
    return getattr(dsl, type_name.partition("@")[0].partition(".")[2])


def run_pipeline(pipeline: Any, folder: Path) -> None:
    """Run a pipeline through the local runner; the runner's own log is not shown."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        local.init(
            local.SubprocessRunner(use_venv=False), pipeline_root=str(folder), raise_on_error=True
        )
        pipeline()


def read_outputs(component: Any, folder: Path) -> ComponentOutputs:
    """Return what the only task of a component left below the runner's folder."""
    (path,) = folder.glob(f"*/{component.name}/executor_output.json")
    output = json.loads(path.read_text())
    return ComponentOutputs(
        dict(output.get("parameterValues", {})),
        {
            name: Path(listed["artifacts"][0]["uri"])
            for name, listed in output.get("artifacts", {}).items()
        },
        {
            name: dict(listed["artifacts"][0]["metadata"])
            for name, listed in output.get("artifacts", {}).items()
        },
    )
