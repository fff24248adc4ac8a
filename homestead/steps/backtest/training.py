"""A training run at a moment of the past: the pipeline's steps, in its order, in this process."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from homestead.data.tables import write_parquet
from homestead.evaluation.certificate import Decision
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.problem.schema import Problem
from homestead.release.plan_store import open_plan_store
from homestead.settings import Settings
from homestead.signing.key_files import read_verify_keys
from homestead.steps.evaluate import evaluate_winner
from homestead.steps.finalize_run import record_outcome
from homestead.steps.gate import is_promoted
from homestead.steps.ingest import ingest_source
from homestead.steps.materialize import materialize_views
from homestead.steps.open_run import open_parent_run
from homestead.steps.register import register_winner
from homestead.steps.release import release_after_training
from homestead.steps.select import log_and_select_candidate
from homestead.steps.train import train_and_write_candidate
from homestead.steps.training_set import build_training_set


@dataclass(frozen=True)
class TrainingEnd:
    """Outcome of a training run: the gate's decision and why, and the champion afterwards."""

    decision: Decision
    reason: str
    champion: str


def train_on(
    known: pd.DataFrame,
    problem: Problem,
    settings: Settings,
    run: str,
    seed: int,
    report: Callable[[str], None],
) -> TrainingEnd:
    """Train on the rows that are known, and release the winner if it beats the champion.

    Args:
        known: rows with their target.
        problem: with a split that moves with the rows; its source does not matter.
        run: id of the pipeline run.

    Raises:
        UserError: a step fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "known.parquet"
        write_parquet(known, source)
        # What was served is among the known rows once its outcome is.
        labels = problem.labels.model_copy(update={"train": False})
        problem = problem.model_copy(update={"source": str(source), "labels": labels})
        try:
            end = run_steps(problem, settings, folder, run, seed, report)
        except BaseException:
            record_outcome(problem.name, settings, run, state="FAILED", report=report)
            raise
        record_outcome(problem.name, settings, run, state="COMPLETE", report=report)
    return end


def run_steps(
    problem: Problem,
    settings: Settings,
    folder: Path,
    run: str,
    seed: int,
    report: Callable[[str], None],
) -> TrainingEnd:
    """Run the steps of a training, from the parent run to the release.

    Args:
        folder: for what the steps pass to each other.
        run: id of the pipeline run.

    Raises:
        UserError: a step fails.
    """
    opened = open_parent_run(problem, settings, run, report)
    of_run = (problem, settings, opened.run_id)
    quarantine, data_sheet = folder / "quarantine.csv", folder / "data_sheet.html"
    valid, dataset, views = folder / "valid.parquet", folder / "dataset.parquet", folder / "views"
    ingest_source(
        problem,
        opened.data_hash,
        valid=valid,
        quarantine=quarantine,
        data_sheet=data_sheet,
        report=report,
        labelled=opened.labelled,
    )
    candidates = build_training_set(
        problem, valid=valid, views=views, dataset=dataset, report=report
    )
    materialize_views(
        *of_run, views=views, quarantine=quarantine, data_sheet=data_sheet, report=report
    )
    models, results = [], []
    for candidate in candidates:
        models.append(folder / f"{candidate}.onnx")
        results.append(folder / f"{candidate}.json")
        train_and_write_candidate(
            problem,
            candidate,
            seed,
            dataset=dataset,
            model=models[-1],
            result=results[-1],
            report=report,
        )
    winner, certificate = folder / "winner.onnx", folder / "certificate.json"
    selected = log_and_select_candidate(
        *of_run,
        opened.data_hash,
        seed,
        results=results,
        models=models,
        winner=winner,
        report=report,
    )
    evaluate_winner(
        *of_run,
        opened.data_hash,
        selected,
        winner=winner,
        dataset=dataset,
        certificate=certificate,
        comparison=folder / "comparison.html",
        summary=folder / "summary.md",
        report=report,
    )
    registered = is_promoted(certificate, settings, report) and register_winner(
        *of_run,
        opened.data_hash,
        selected,
        winner=winner,
        dataset=dataset,
        certificate=certificate,
        model_card=folder / "model_card.html",
        report=report,
    )
    release_after_training(*of_run, registered, report)
    issued = SignedCertificate.read(certificate, read_verify_keys(settings)).certificate
    plan = open_plan_store(settings, problem.name).read()
    return TrainingEnd(
        issued.decision, issued.reason, "" if plan is None else plan.champion.version
    )
