"""The models that answer, and the thread that follows the release plan."""

import gc
import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from prometheus_client import Counter, Histogram

from homestead.errors import UserError
from homestead.model.onnx_model import Model, read_model
from homestead.release.plan import ModelVersion, ReleasePlan, read_plan
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.metrics import ServerMetrics
from homestead.serving.redaction import Redactor
from homestead.settings import Settings

if TYPE_CHECKING:
    from homestead.model.explain import Explainer

_LOG = logging.getLogger(__name__)
_PAUSE_S = 0.5
_RETRY_S = 5.0
_STORE_PATIENCE_S = 30.0


class LoadedModel:
    """A model version that can answer."""

    def __init__(
        self,
        version: str,
        model: Model,
        lookup: FeatureLookup,
        privacy: Redactor,
        metrics: ServerMetrics,
    ) -> None:
        self.version = version
        self.model = model
        self.contract = model.contract
        self.digest = model.digest
        self.lookup = lookup
        self.privacy = privacy
        self.resolver = Resolver(model.contract, lookup.read)
        self._explainer: Explainer | None = None
        labels = (model.contract.problem, version)
        self.rows: Counter = metrics.counter("predictions_total", *labels)
        self.seconds: Histogram = metrics.histogram("prediction_duration_seconds", *labels)
        self.failures: Counter = metrics.counter("challenger_failures_total", *labels)

    def explain(self, X: np.ndarray) -> np.ndarray:
        """Contributions: see :meth:`homestead.model.explain.Explainer.contributions`. The first call
        takes up to a second; for a thread.

        Raises:
            RefusedError: 501, the model is of an older release.
        """
        if self._explainer is None:
            from homestead.model.explain import load_explainer

            try:
                self._explainer = load_explainer(self.model)
            except ValueError as error:
                raise RefusedError(501, "explain", f"version {self.version}: {error}") from None
        return self._explainer.contributions(X)


class ServedModels(NamedTuple):
    """Who answers: see :class:`homestead.release.plan.ReleasePlan`."""

    champion: LoadedModel | None = None
    challenger: LoadedModel | None = None
    traffic_share: float = 0.0
    paired: bool = False

    @property
    def served(self) -> list[LoadedModel]:
        """The versions that answer."""
        return [one for one in (self.champion, self.challenger) if one]


class ModelManager:
    """Holds the loaded models; whoever reads ``release`` once has one for a whole request."""

    def __init__(self, problem: str, settings: Settings, metrics: ServerMetrics) -> None:
        self.problem = problem
        self.release = ServedModels()
        self._settings = settings
        self._metrics = metrics
        self._path: Path = settings.release_plan(problem)
        self._errors = metrics.counter("release_plan_errors_total", problem)
        self._read: bytes | None = None
        self._again = 0.0
        self._said = ""
        self._ended = threading.Event()

    @property
    def loaded(self) -> LoadedModel | None:
        """The champion."""
        return self.release.champion

    @property
    def ready(self) -> bool:
        """Whether every kind of request can be answered, or it is known that those by key can't:
        a store that is away must not take away the server from those who send all features.
        """
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

    def _take(self, plan: ReleasePlan) -> None:
        if plan.problem != self.problem:
            raise UserError(
                f"{self._path}: problem: found {plan.problem}, allowed is {self.problem}"
            )
        there = self.release.served
        champion = self._loaded(plan.champion, there)
        challenger = self._loaded(plan.challenger, [champion, *there]) if plan.challenger else None
        self.release = ServedModels(champion, challenger, plan.traffic_share, plan.paired)
        kept = {id(one.lookup) for one in self.release.served}
        for one in there:
            if id(one.lookup) not in kept:
                one.lookup.close()
        versions = [(one.version, one.digest) for one in self.release.served]
        self._metrics.only("model_info", *((self.problem, *version) for version in versions))
        if not there:
            # What was loaded stays: the collector need not look at it again and again. Later
            # releases are few, and are to be forgotten once they are replaced.
            gc.collect()
            gc.freeze()
        for role, by in (("champion", champion), ("challenger", challenger)):
            if by:
                _LOG.info("%s %s (%s) is %s", self.problem, by.version, by.digest[:12], role)

    def _loaded(self, wanted: ModelVersion, there: list[LoadedModel]) -> LoadedModel:
        """A version, taken over if it is loaded already."""
        for one in there:
            if (one.digest, one.version) == (wanted.digest, wanted.version):
                return one
        model = read_model(wanted.uri, wanted.digest)
        if model.contract.problem != self.problem:
            raise UserError(f"{wanted.uri}: a model of the problem {model.contract.problem}")
        privacy = Redactor(model.contract, self._settings.log_key)
        # The first run of a session is slow: it should not be a client's.
        model.predict(np.zeros((1, len(model.contract.features))))
        for one in there:
            if one.contract.views == model.contract.views:
                return LoadedModel(wanted.version, model, one.lookup, privacy, self._metrics)
        lookup = FeatureLookup(model.contract, self._settings, self._metrics)
        lookup.open()
        if there:
            lookup.wait(_STORE_PATIENCE_S)
        return LoadedModel(wanted.version, model, lookup, privacy, self._metrics)
