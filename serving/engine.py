"""The model that answers, and the thread that follows the release plan."""

import logging
import threading
import time
from pathlib import Path

import numpy as np
from prometheus_client import Counter, Histogram

from homestead.errors import UserError
from homestead.onnx_model import Model
from homestead.release import Plan, Version, read_plan
from homestead.settings import Settings
from serving.lookup import Lookup
from serving.metrics import Metrics
from serving.resolve import Resolver

_LOG = logging.getLogger(__name__)
_PAUSE_S = 0.5
_RETRY_S = 5.0
_STORE_PATIENCE_S = 30.0


class Loaded:
    """A model version that can answer."""

    def __init__(self, version: str, model: Model, lookup: Lookup, metrics: Metrics) -> None:
        self.version = version
        self.model = model
        self.contract = model.contract
        self.digest = model.digest
        self.lookup = lookup
        self.resolver = Resolver(model.contract, lookup.read)
        labels = (model.contract.problem, version)
        self.rows: Counter = metrics.counter("predictions_total", *labels)
        self.seconds: Histogram = metrics.histogram("prediction_duration_seconds", *labels)


class Engine:
    """Holds the loaded model; whoever reads ``loaded`` once has one version for a whole request."""

    def __init__(self, problem: str, settings: Settings, metrics: Metrics) -> None:
        self.problem = problem
        self.loaded: Loaded | None = None
        self._settings = settings
        self._metrics = metrics
        self._path: Path = settings.release_plan(problem)
        self._errors = metrics.counter("release_plan_errors_total", problem)
        self._read: bytes | None = None
        self._again = 0.0
        self._said = ""
        self._ended = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether every kind of request can be answered, those by key too."""
        return self.loaded is not None and self.loaded.lookup.wait(0)

    def follow(self) -> None:
        """Load what the plan says, then follow it until :meth:`stop`.

        Raises:
            UserError: there is no release, or its file is not the released one.
        """
        self._read, self._again = self._content(), float("inf")
        self._take(read_plan(self._path))
        threading.Thread(target=self._run, daemon=True, name="release-plan").start()

    def stop(self) -> None:
        """Follow no longer."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(_PAUSE_S):
            self.look()

    def look(self) -> None:
        """Look at the plan once, and load what it says if that is new.

        A plan that can't be followed leaves the model that serves; it is tried again.
        """
        content = self._content()
        if content == self._read and time.monotonic() < self._again:
            return
        self._read, self._again = content, float("inf")
        try:
            self._take(read_plan(self._path))
            self._said = ""
        except Exception as error:
            # Also what remote file systems raise: each has errors of its own.
            self._again = time.monotonic() + _RETRY_S
            self._errors.inc()
            message = str(error) or type(error).__name__
            if message != self._said:
                self._said = message
                kept = f"version {self.loaded.version} stays" if self.loaded else "nothing serves"
                _LOG.error("release plan not followed, %s: %s", kept, message)

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            return str(error).encode()

    def _take(self, plan: Plan) -> None:
        if plan.problem != self.problem:
            raise UserError(
                f"{self._path}: problem: found {plan.problem}, allowed is {self.problem}"
            )
        wanted, now = plan.champion, self.loaded
        if now and (now.digest, now.version) == (wanted.digest, wanted.version):
            return
        model = load(wanted)
        if model.contract.problem != self.problem:
            raise UserError(f"{wanted.uri}: a model of the problem {model.contract.problem}")
        # The first run of a session is slow: it should not be a client's.
        model.predict(np.zeros((1, len(model.contract.features))))
        if now and now.contract.views == model.contract.views:
            lookup = now.lookup
        else:
            lookup = Lookup(model.contract, self._settings, self._metrics)
            lookup.open()
            if now:
                lookup.wait(_STORE_PATIENCE_S)
        self.loaded = Loaded(wanted.version, model, lookup, self._metrics)
        self._metrics.only("model_info", self.problem, wanted.version, wanted.digest)
        _LOG.info("%s version %s (%s) serves", self.problem, wanted.version, wanted.digest[:12])


def load(version: Version) -> Model:
    """Read a version's file and check that it is the one that the plan means.

    Raises:
        UserError: it is not there, or its digest is another.
    """
    try:
        if "://" in version.uri:
            import fsspec

            with fsspec.open(version.uri, "rb") as file:
                content = file.read()
        else:
            content = Path(version.uri).read_bytes()
    except OSError as error:
        raise UserError(f"{version.uri}: can't be read: {error}") from None
    model = Model(content)
    if model.digest != version.digest:
        raise UserError(
            f"{version.uri}: found digest {model.digest[:12]}, the plan says {version.digest[:12]}"
        )
    return model
