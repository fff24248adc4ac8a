"""What the register step does: documents, version, aliases."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from homestead.data.tables import write_parquet
from homestead.model.explain import feature_importance
from homestead.model.onnx_model import Model, read_model
from homestead.names import CERTIFICATE_FILE, MODEL_CARD_FILE, SNAPSHOT_FILE, TAG_PREFIX
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.reports.model_card import model_card_html
from homestead.settings import Settings
from homestead.steps import evaluate
from homestead.tracking import registry, runs

_EXPLAINED_ROWS = 1_000


def register(
    problem: Problem,
    settings: Settings,
    *,
    run_id: str,
    data_hash: str,
    summary: dict[str, Any],
    winner: Path,
    dataset_path: Path,
    certificate: dict[str, Any],
) -> registry.Promotion:
    """Promote the winner with its certificate, model card and snapshot.

    Raises:
        UserError: the file is not the summary's, or the certificate is not the file's.
    """
    mlflow = runs.open_client(settings)
    model = read_model(str(winner), summary["digest"])
    dataset = pd.read_parquet(dataset_path)
    snapshot = evaluate.training_snapshot(dataset, problem)
    explained = snapshot.sample(min(len(snapshot), _EXPLAINED_ROWS), random_state=0)
    weights = feature_importance(model, explained.to_numpy())
    lineage = {
        "run": run_id,
        "data_hash": data_hash,
        "commit": certificate["commit"],
        "holdout_hash": certificate["holdout"]["hash"],
        "features_hash": mlflow.get_run(run_id).data.tags.get(f"{TAG_PREFIX}features_hash", ""),
    }

    def reevaluate(champion: Model, version: ModelVersion) -> dict[str, Any]:
        made, page = evaluate.judge_candidate(
            model, champion, version.version, dataset, problem, data_hash
        )
        evaluate.log_evaluation(mlflow, run_id, made, summary, page)
        return made

    def document(held: dict[str, Any], target: str) -> None:
        mlflow.log_text(target, evaluate.dump_certificate(held), CERTIFICATE_FILE)
        estimator = problem.candidates[summary["name"]].estimator
        facts = {
            **lineage,
            "estimator": f"{summary['name']} ({estimator})",
            "parameters": summary["params"],
            "digest": model.digest,
        }
        card = model_card_html(problem, held, facts, weights)
        mlflow.log_text(target, card, MODEL_CARD_FILE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / SNAPSHOT_FILE
            write_parquet(snapshot, path)
            mlflow.log_artifact(target, str(path))

    return registry.promote(mlflow, settings, certificate, summary, lineage, reevaluate, document)
