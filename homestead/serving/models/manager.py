"""The manager of the served models, which follows the release plan."""

import gc
import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from homestead.errors import UserError
from homestead.prediction_log.redaction import Redactor
from homestead.problem.contract import Contract
from homestead.release.plan import ModelVersion, ReleasePlan, parse_plan, read_plan
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.certificates import verify_plan
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.model_files import ModelFiles
from homestead.serving.models.plan_state import PlanState
from homestead.serving.models.plan_watch import PlanWatch, open_plan_watch
from homestead.serving.models.rollout import ServedModels
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_POLL_INTERVAL_S = 0.5
_RETRY_INTERVAL_S = 5.0
# How long a new release with other views may delay itself to open the feature store.
_STORE_TIMEOUT_S = 30.0


class ModelManager:
    """Loads the models that the release plan names.

    Attributes:
        served: the current models. A reader takes them once per request, because a thread replaces
            them when the plan changes.
    """

    def __init__(self, problem: str, settings: Settings, metrics: ServerMetrics) -> None:
        self.problem = problem
        self.served = ServedModels()
        self._settings = settings
        self._metrics = metrics
        self._plan_path: Path = settings.release_plan(problem)
        self._watch: PlanWatch | None = None
        self._files = ModelFiles(settings.model_cache / problem)
        self._plan_errors = metrics.counter("homestead_release_plan_errors_total", problem)
        self._last_content: bytes | None = b"not read yet"
        # When a plan that failed is tried again, though its file is unchanged.
        self._retry_at = float("inf")
        self._last_message = ""
        self._stopped = threading.Event()
        self._state = PlanState()
        self._listener: Callable[[PlanState], None] = lambda state: None
        self._in_effect_since = metrics.gauge("homestead_release_plan_timestamp_seconds", problem)

    @property
    def champion(self) -> LoadedModel | None:
        """The champion, None before the first release."""
        return self.served.champion

    @property
    def is_ready(self) -> bool:
        """Whether the champion is loaded and its feature store was opened, or could not be.

        An unavailable store does not make the server unready, because it can still answer requests
        that hold all features.
        """
        return self.champion is not None and self.champion.lookup.wait_until_tried(0)

    def start_following_plan(self, wait: bool = False) -> None:
        """Load the models that the plan names, then poll the plan in a thread until :meth:`stop`.

        Args:
            wait: leave also the first models to the thread, which tries until there are any.

        Raises:
            UserError: there is no plan, or a model's file is not the released one; not with
                ``wait``. ``HOMESTEAD_RELEASE`` names no store.
        """
        if not wait:
            self._last_content = self._read_content()
            self._apply(read_plan(self._plan_path))
        self._watch = open_plan_watch(self._settings, self.problem)
        if self._watch is not None:
            self._watch.start()
        threading.Thread(target=self._poll_until_stopped, daemon=True, name="release-plan").start()

    def tell_changes_to(self, listener: Callable[[PlanState], None]) -> None:
        """Call a function with what is in effect, now and whenever that changes."""
        self._listener = listener
        listener(self._state)

    def _set_state(self, state: PlanState) -> None:
        if state != self._state:
            self._state = state
            self._listener(state)

    def stop(self) -> None:
        """Stop polling the plan."""
        self._stopped.set()
        if self._watch is not None:
            self._watch.stop()

    def _poll_until_stopped(self) -> None:
        while not self._stopped.is_set():
            self.poll_plan()
            self._stopped.wait(_POLL_INTERVAL_S)

    def poll_plan(self) -> None:
        """Read the plan, and load the models that it names if it has changed.

        If that fails, the current models are kept, and it is tried again later.
        """
        content = self._read_content()
        if content == self._last_content and time.monotonic() < self._retry_at:
            return
        self._last_content, self._retry_at = content, float("inf")
        if self.champion is None and content is None:
            self._log_once(logging.INFO, f"waiting for the first release in {self._plan_path}")
            return
        try:
            self._apply(self._read_plan(content))
            self._last_message = ""
        except Exception as error:
            # Remote file systems raise errors of their own.
            self._retry_at = time.monotonic() + _RETRY_INTERVAL_S
            self._plan_errors.inc()
            champion = self.champion
            state = f"keeping version {champion.version}" if champion else "nothing is served yet"
            reason = str(error) or type(error).__name__
            self._set_state(self._state.with_error(reason))
            self._log_once(logging.ERROR, f"cannot follow the release plan, {state}: {reason}")

    def _log_once(self, level: int, message: str) -> None:
        if message != self._last_message:
            self._last_message = message
            _LOG.log(level, "%s: %s", self.problem, message)

    def _read_content(self) -> bytes | None:
        """Return the plan's bytes, or those of the error, to compare; None if there is no plan."""
        try:
            content: bytes | None = self._plan_path.read_bytes()
        except FileNotFoundError:
            content = None
        except OSError as error:
            return str(error).encode()
        return content if self._watch is None else self._watch.newest(content)

    def _read_plan(self, content: bytes | None) -> ReleasePlan:
        if self._watch is None or content is None:
            return read_plan(self._plan_path)
        return parse_plan(content.decode("utf-8", "replace"), f"{self._plan_path} or its ConfigMap")

    def _apply(self, plan: ReleasePlan) -> None:
        if plan.problem != self.problem:
            raise UserError(
                f"{self._plan_path}: problem: found {plan.problem}, allowed is {self.problem}"
            )
        verify_plan(plan, self._files, self._settings)
        previous = self.served.models
        champion = self._load(plan.champion, previous)
        challenger = self._load(plan.challenger, [champion, *previous]) if plan.challenger else None
        mark = plan.release.mark if plan.release and challenger else None
        self.served = ServedModels(
            champion, challenger, plan.traffic_share, plan.paired_share, mark
        )
        self._set_state(self._state_of(plan))
        self._files.keep_only([version for version in (plan.champion, plan.challenger) if version])
        used_lookups = {id(model.lookup) for model in self.served.models}
        for model in previous:
            if id(model.lookup) not in used_lookups:
                model.lookup.close()
        versions = [(self.problem, model.version, model.digest) for model in self.served.models]
        self._metrics.set_only("homestead_model_info", *versions)
        if not previous:
            # Spare the garbage collector the objects of the first release, which are many. Those of
            # later releases must remain collectable, because they are replaced one day.
            gc.collect()
            gc.freeze()
        for role, loaded in (("champion", champion), ("challenger", challenger)):
            if loaded:
                version = f"{loaded.version} ({loaded.digest[:12]})"
                _LOG.info("%s: version %s is the %s", self.problem, version, role)

    def _state_of(self, plan: ReleasePlan) -> PlanState:
        """Return the state with a plan that has just come into effect."""
        digest, since = plan.digest, self._state.since
        if since is None or digest != self._state.digest:
            since = time.time()
            self._in_effect_since.set(since)
        challenger = plan.challenger
        return PlanState(
            digest,
            plan.revision,
            plan.champion.version,
            plan.champion.digest,
            challenger.version if challenger else None,
            challenger.digest if challenger else None,
            since,
        )

    def _load(self, version: ModelVersion, loaded: Sequence[LoadedModel]) -> LoadedModel:
        """Return a version, one of ``loaded`` if it is there."""
        for model in loaded:
            if (model.digest, model.version) == (version.digest, version.version):
                return model
        onnx_model = self._files.read(version)
        contract = onnx_model.contract
        if contract.problem != self.problem:
            raise UserError(
                f"{version.uri}: found a model of the problem {contract.problem},"
                f" allowed is {self.problem}"
            )
        redactor = Redactor(contract, self._settings.log_key)
        # The first run of a session is slow, and must not delay a client.
        onnx_model.predict(np.zeros((1, len(contract.features))))
        lookup = self._open_lookup(contract, loaded)
        return LoadedModel(version.version, onnx_model, lookup, redactor, self._metrics)

    def _open_lookup(self, contract: Contract, loaded: Sequence[LoadedModel]) -> FeatureLookup:
        """Return the look-up of a contract's views, shared with a model that has the same views."""
        for model in loaded:
            if model.contract.views == contract.views:
                return model.lookup
        lookup = FeatureLookup(contract, self._settings, self._metrics)
        lookup.open()
        if loaded:
            lookup.wait_until_tried(_STORE_TIMEOUT_S)
        return lookup
