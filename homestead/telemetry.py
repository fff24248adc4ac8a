"""No telemetry of the libraries below, unless the user's environment asks for it.

Each reads its variable when it is imported, so ``homestead/__init__.py`` sets them. ONNX Runtime
(1.32) and MLflow otherwise report their use to their makers, and MLflow takes ``DO_NOT_TRACK`` for
an answer only if it is ``true``. This module imports nothing but the standard library.
"""

import os

_OFF = {
    "DO_NOT_TRACK": "1",
    "FEAST_USAGE": "False",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ORT_DISABLE_TELEMETRY": "1",
}


def disable_telemetry() -> None:
    """Switch telemetry off, also for the processes that this one starts."""
    for name, value in _OFF.items():
        os.environ.setdefault(name, value)
