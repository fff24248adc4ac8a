"""Select: log the candidates in MLflow, and choose the one with the best validation metric."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from homestead.errors import UserError
from homestead.features.feast_objects import definitions_hash
from homestead.files import write_bytes
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.reports.models.descriptions import metric_unit
from homestead.reports.wording import metric_value
from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.candidates import log_candidate
from homestead.tracking.pages.training_origin import training_origin
from homestead.training.candidate_file import read_candidates
from homestead.training.candidate_summary import CandidateSummary, SelectedCandidate
from homestead.training.search import TrainedCandidate


def log_and_select_candidate(
    problem: Problem,
    settings: Settings,
    run_id: str,
    data_hash: str,
    seed: int,
    *,
    results: Sequence[Path],
    models: Sequence[Path],
    winner: Path,
    report: Callable[[str], None],
) -> SelectedCandidate:
    """Log each candidate as a child of the parent run, and choose the best.

    The training itself logs nothing: a cache may serve it, and then nobody would log it in this
    run.

    Args:
        results: JSON files of :func:`homestead.training.candidate_file.write_candidate`.
        models: the candidates' ONNX files, in any order.
        winner: ONNX file to write.

    Raises:
        UserError: a result has no model, or as :func:`select_candidate`.
    """
    mlflow = runs.open_client(settings)
    run_tags = {
        tags.PROBLEM: problem.name,
        tags.DATA_HASH: data_hash,
        tags.COMMIT: runs.current_commit(),
        tags.FEATURES_HASH: definitions_hash(problem),
        tags.SEED: str(seed),
    }
    summaries = [
        log_candidate(
            mlflow,
            run_id,
            problem,
            trained,
            _for_people(problem, trained) | training_origin(mlflow, run_id, trained) | run_tags,
        )
        for trained in read_candidates(results, models)
    ]
    return select_candidate(problem, summaries, models, winner=winner, report=report)


def _for_people(problem: Problem, trained: TrainedCandidate) -> dict[str, str]:
    """Return the tags of a candidate's run that people read, before those for machines."""
    measured = trained.validation[problem.metric]
    value = measured.undefined
    if measured.value is not None:
        value = metric_value(problem.metric, measured.value) + metric_unit(problem, problem.metric)
    return {
        tags.PEOPLE_PROBLEM: problem.name,
        tags.PEOPLE_CANDIDATE: f"{trained.name}, {problem.candidates[trained.name].estimator}",
        tags.PEOPLE_METRIC: f"{problem.metric} {value} on validation",
    }


def select_candidate(
    problem: Problem,
    summaries: Sequence[CandidateSummary],
    models: Sequence[Path],
    *,
    winner: Path,
    report: Callable[[str], None],
) -> SelectedCandidate:
    """Choose the best candidate and copy its ONNX file; of equals, the first by name.

    Args:
        models: the candidates' ONNX files, in any order: they are matched by digest, because the
            order of collected artifacts is not guaranteed.
        winner: ONNX file to write.

    Raises:
        UserError: no file has the best candidate's digest, or the metric has no value for any.
    """
    metric = MODEL_METRICS[problem.metric]
    best = min(
        summaries,
        key=lambda summary: (metric.order(summary.validation[metric.name]), summary.name),
    )
    undefined = [
        f"{summary.name}: {summary.undefined.get(metric.name, 'no value')}"
        for summary in summaries
        if summary.validation[metric.name] is None
    ]
    value = best.validation[metric.name]
    if value is None:
        raise UserError(f"no candidate has {metric.name} on validation: {'; '.join(undefined)}")
    for reason in undefined:
        report(f"not chosen, without {metric.name} on validation: {reason}")
    report(f"{best.name} with {metric.name} {value:.4f} on validation")
    contents = (path.read_bytes() for path in models)
    content = next((c for c in contents if hashlib.sha256(c).hexdigest() == best.digest), None)
    if content is None:
        raise UserError(f"no file of candidate {best.name} with digest {best.digest[:12]}")
    write_bytes(winner, content)
    return SelectedCandidate(
        **best.model_dump(),
        all_candidates={summary.name: summary.validation[metric.name] for summary in summaries},
        all_params={summary.name: summary.params for summary in summaries},
        all_trials={summary.name: summary.trials for summary in summaries},
        all_workers={s.name: s.workers for s in summaries if s.workers is not None},
        all_one_process={s.name: s.one_process for s in summaries if s.one_process is not None},
    )
