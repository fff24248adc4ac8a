"""Inputs of a training, as its runs recorded them, beside those that are here now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.data.sources.frames import frame_path
from homestead.data.tables import hash_source
from homestead.errors import UserError
from homestead.features.feast_objects import definitions_hash
from homestead.names import ENVIRONMENT_FILE, PROBLEM_FILE
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place
from homestead.release.plan import ModelVersion
from homestead.steps.history.reproduction.labelled_rows import labelled_rows
from homestead.steps.history.reproduction.report import RecordedInput
from homestead.tracking import registry, runs, tags
from homestead.tracking.candidates import WORKERS_PARAM
from homestead.tracking.environment import describe_environment, environment_hash

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_SHORT = 12
_SHOWN_PACKAGES = 8


@dataclass(frozen=True)
class TrainingInputs:
    """What a version is rebuilt from.

    Attributes:
        checks: of each input.
        problem: the problem file as it was, with a source that has the recorded bytes; None
            without one of the two.
        labelled: run with the labelled predictions that were trained on, too; None without.
        candidate, seed: of the winner.
        workers: how many of Spark's tasks fitted it together; 0 for one process.
        training_set_hash: as recorded; empty if it was not.
    """

    checks: tuple[RecordedInput, ...]
    problem: Problem | None
    labelled: str | None
    candidate: str
    seed: int
    workers: int
    data_hash: str
    training_set_hash: str


def recorded_inputs(
    mlflow: "MlflowClient", name: str, version: ModelVersion, home: Path, data: str = ""
) -> TrainingInputs:
    """Compare each recorded input of a version with what is here.

    Args:
        home: folder that may hold the DataFrame that the version was trained on.
        data: a source to read instead of the recorded one.
    """
    version_tags = dict(mlflow.get_model_version(name, version.version).tags)
    parent_id = version_tags.get(tags.RUN, "")
    parent_tags = _run_tags(mlflow, parent_id)
    candidate_id = registry.version_run_id(mlflow, name, version.version)
    seed = _run_tags(mlflow, candidate_id).get(tags.SEED, "")
    workers = _run_parameters(mlflow, candidate_id).get(WORKERS_PARAM, "")
    candidate = version_tags.get(tags.CANDIDATE, "")
    data_hash = version_tags.get(tags.DATA_HASH, "")
    problem, checks = _problem_file(mlflow, parent_id)
    if problem is not None:
        # A home that was moved has the frame in another place than the problem file says.
        frame = frame_path(name, data_hash, home)
        sources = [problem.source, str(frame)] if frame.exists() else [problem.source]
        sources.append(parent_tags.get(tags.DATA_VERSION, ""))
        source, check = _data([data] if data else sources, parent_tags, data_hash)
        problem = None if source is None else problem.model_copy(update={"source": source})
        checks.append(check)
        if problem is not None:
            checks.append(_definitions(problem, version_tags.get(tags.FEATURES_HASH, "")))
            checks.append(_candidate(problem, candidate))
    labelled, labelled_checks = labelled_rows(
        mlflow, parent_id, parent_tags.get(tags.LABELS_HASH, "")
    )
    checks += labelled_checks
    checks.append(_seed(seed))
    if workers:
        checks.append(RecordedInput(name="boosting workers", state="same", recorded=workers))
    checks.append(_commit(version_tags.get(tags.COMMIT, "")))
    checks.append(_environment(mlflow, parent_id, parent_tags.get(tags.ENVIRONMENT, "")))
    if any(check.is_needed and check.state != "same" for check in checks):
        problem = None
    return TrainingInputs(
        tuple(checks),
        problem,
        labelled,
        candidate,
        int(seed or 0),
        int(workers or 0),
        data_hash,
        version_tags.get(tags.TRAINING_SET_HASH, ""),
    )


def _run_tags(mlflow: "MlflowClient", run_id: str) -> Mapping[str, str]:
    """Return a run's tags, none if it was deleted for good."""
    return run.data.tags if (run := _run(mlflow, run_id)) else {}


def _run_parameters(mlflow: "MlflowClient", run_id: str) -> Mapping[str, str]:
    """Return a run's parameters, none if it was deleted for good."""
    return run.data.params if (run := _run(mlflow, run_id)) else {}


def _run(mlflow: "MlflowClient", run_id: str) -> "Run | None":
    from mlflow.exceptions import MlflowException

    try:
        return mlflow.get_run(run_id) if run_id else None
    except MlflowException:
        return None


def _problem_file(
    mlflow: "MlflowClient", run_id: str
) -> tuple[Problem | None, list[RecordedInput]]:
    try:
        problem = parse_problem(runs.read_text(mlflow, run_id, PROBLEM_FILE), PROBLEM_FILE)
    except UserError as error:
        check = RecordedInput(
            name="problem file", state="missing", explanation=str(error), is_needed=True
        )
        return None, [check]
    same = f"{PROBLEM_FILE} of run {run_id[:_SHORT]}"
    return problem, [RecordedInput(name="problem file", state="same", recorded=same)]


def _data(
    sources: Sequence[str], parent_tags: Mapping[str, str], data_hash: str
) -> tuple[str | None, RecordedInput]:
    """Return the first source with the recorded bytes, None if none has them."""
    found: dict[str, str] = {}
    for source in dict.fromkeys(filter(None, sources)):
        try:
            found[source] = hash_source(source)
        except UserError as error:
            found[source] = str(error)
        if found[source] == data_hash:
            place = f"{data_hash[:_SHORT]}, {source_place(source)}"
            return source, RecordedInput(name="data", state="same", recorded=place)
    reasons = "; ".join(
        f"{source_place(source)} has {text[:_SHORT]}" if _is_hash(text) else text
        for source, text in found.items()
    )
    hint = "" if parent_tags.get(tags.DATA_VERSION) else "; no version in DVC was recorded"
    explanation = f"recorded {data_hash[:_SHORT] or 'no hash'}; {reasons}{hint}"
    return None, RecordedInput(
        name="data",
        state="differs" if any(map(_is_hash, found.values())) else "missing",
        recorded=data_hash,
        explanation=f"{explanation}; name a copy of the recorded data with --data",
        is_needed=True,
    )


def _is_hash(text: str) -> bool:
    return len(text) == 64 and " " not in text


def _definitions(problem: Problem, recorded: str) -> RecordedInput:
    found = definitions_hash(problem)
    return _compared("feature definitions", recorded, found, "this code reads the file otherwise")


def _candidate(problem: Problem, candidate: str) -> RecordedInput:
    if candidate in problem.candidates:
        return RecordedInput(name="candidate", state="same", recorded=candidate)
    return RecordedInput(
        name="candidate",
        state="missing",
        explanation=f"{candidate or 'no name'} is recorded, the problem file as it was has"
        f" {', '.join(problem.candidates)}",
        is_needed=True,
    )


def _seed(seed: str) -> RecordedInput:
    if seed:
        return RecordedInput(name="seed", state="same", recorded=seed)
    return RecordedInput(
        name="seed", state="missing", explanation="not recorded: built with the seed 0"
    )


def _commit(recorded: str) -> RecordedInput:
    found = runs.current_commit()
    if recorded.endswith("-dirty"):
        return RecordedInput(
            name="code",
            state="missing",
            recorded=recorded,
            found=found,
            explanation=f"trained from {recorded[:_SHORT]} with changes that were not committed",
        )
    return _compared("code", recorded, found, f"check it out: git checkout {recorded}")


def _environment(mlflow: "MlflowClient", run_id: str, recorded: str) -> RecordedInput:
    here = describe_environment()
    found = environment_hash(here)
    if not recorded or recorded == found:
        return _compared("packages", recorded, found, "")
    try:
        text = runs.read_text(mlflow, run_id, ENVIRONMENT_FILE)
    except UserError:
        return _compared("packages", recorded, found, "their list is gone")
    return _compared("packages", recorded, found, _package_differences(text, here))


def _package_differences(recorded: str, here: str) -> str:
    """Return the packages of two environments that differ, the first ones by name."""
    then = dict(line.split("==", 1) for line in recorded.splitlines())
    now = dict(line.split("==", 1) for line in here.splitlines())
    # The interpreter first.
    names = sorted(then.keys() | now.keys(), key=lambda name: (name != "python", name))
    different = [name for name in names if then.get(name) != now.get(name)]
    shown = [
        f"{name} {then.get(name, 'absent')}, here {now.get(name, 'absent')}"
        for name in different[:_SHOWN_PACKAGES]
    ]
    more = len(different) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _compared(name: str, recorded: str, found: str, hint: str) -> RecordedInput:
    if recorded and recorded == found:
        return RecordedInput(name=name, state="same", recorded=recorded[:_SHORT], found=found)
    if not recorded:
        return RecordedInput(name=name, state="missing", found=found, explanation="not recorded")
    suffix = f": {hint}" if hint else ""
    return RecordedInput(
        name=name,
        state="differs",
        recorded=recorded,
        found=found,
        explanation=f"recorded {recorded[:_SHORT]}, here {found[:_SHORT] or 'none'}{suffix}",
    )
