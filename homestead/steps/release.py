"""Releasing the registry's champion."""

import json

from homestead.database.locks import exclusive
from homestead.evaluation.gate import check_certificate
from homestead.model.onnx_model import read_model
from homestead.release.plan import Plan, Version
from homestead.release.plan_store import release_target
from homestead.settings import Settings
from homestead.tracking import registry, runs


def release_champion(problem: str, settings: Settings) -> Version | None:
    """Make the registry's champion the released one; None where there is none.

    A plan that names it already is left as it is, with the share its challenger has.

    Raises:
        UserError: its file is not the registered one, or it has no certificate.
    """
    mlflow = runs.client(settings)
    with exclusive(settings, f"release-{problem}"):
        version = registry.champion(mlflow, problem)
        if version is None:
            return None
        read_model(version.uri, version.digest)
        run = str(mlflow.get_model_version(problem, version.version).run_id)
        certificate = runs.read_text(mlflow, run, "certificate.json")
        check_certificate(json.loads(certificate), version.digest)
        target = release_target(settings, problem)
        plan = target.read()
        if plan is None or plan.champion != version:
            target.write(Plan(problem=problem, champion=version))
    return version
