"""Releasing the registry's champion."""

import json

from homestead.database.locks import exclusive_lock
from homestead.evaluation.gate import check_certificate
from homestead.model.onnx_model import read_model
from homestead.names import CERTIFICATE_FILE
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.release.plan_store import open_plan_store
from homestead.settings import Settings
from homestead.tracking import registry, runs


def release_champion(problem: str, settings: Settings) -> ModelVersion | None:
    """Make the registry's champion the released one; None where there is none.

    A plan that names it already is left as it is, with the share its challenger has.

    Raises:
        UserError: its file is not the registered one, or it has no certificate.
    """
    mlflow = runs.open_client(settings)
    with exclusive_lock(settings, f"release-{problem}"):
        version = registry.champion(mlflow, problem)
        if version is None:
            return None
        read_model(version.uri, version.digest)
        run = str(mlflow.get_model_version(problem, version.version).run_id)
        certificate = runs.read_text(mlflow, run, CERTIFICATE_FILE)
        check_certificate(json.loads(certificate), version.digest)
        target = open_plan_store(settings, problem)
        plan = target.read()
        if plan is None or plan.champion != version:
            target.write(ReleasePlan(problem=problem, champion=version))
    return version
