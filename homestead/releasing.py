"""Releasing the registry's champion."""

import json
import tempfile
from pathlib import Path

from homestead import registry, tracking
from homestead.errors import UserError
from homestead.evaluation import check_certificate
from homestead.locks import exclusive
from homestead.onnx_model import Model
from homestead.release import Plan, Version, write_plan
from homestead.settings import Settings


def release_champion(problem: str, settings: Settings) -> Version:
    """Make the champion answer every request.

    Raises:
        UserError: no champion, its file is not the registered one, or it has no certificate.
    """
    mlflow = tracking.client(settings)
    with exclusive(settings, f"release-{problem}"):
        version = registry.champion(mlflow, problem)
        if version is None:
            raise UserError(f"{problem}: no champion to release")
        digest = Model(registry.read_model(version.uri)).digest
        if digest != version.digest:
            raise UserError(
                f"{problem} version {version.version}: the file's digest is {digest[:12]},"
                f" registered is {version.digest[:12]}"
            )
        run = mlflow.get_model_version(problem, version.version).run_id
        with tempfile.TemporaryDirectory() as folder:
            path = Path(mlflow.download_artifacts(run, "certificate.json", folder))
            check_certificate(json.loads(path.read_text()), digest)
        write_plan(settings.release_plan(problem), Plan(problem=problem, champion=version))
    return version
