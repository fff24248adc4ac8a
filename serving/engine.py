"""The model that serves: loaded by the release plan, swapped while requests run."""

import asyncio
import logging
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from homestead.drift_reports import latest_report
from homestead.errors import UserError
from homestead.onnx_model import Model
from homestead.prediction_log import Entry, Shipper, Spool
from homestead.registry import read_model
from homestead.release import Version, read_plan
from homestead.settings import Settings
from serving.codecs import Answer, Request
from serving.errors import RefusedError
from serving.metrics import Metrics
from serving.resolve import Resolver

LARGEST_BATCH = 10_000
_POLL_S = 0.5
_DRIFT_POLL_S = 5.0
_log = logging.getLogger("homestead.serving")


@dataclass(frozen=True)
class Served:
    """A loaded model version."""

    model: Model
    version: Version
    resolver: Resolver


class Engine:
    """Answers requests; everything around it is protocol."""

    def __init__(self, problem: str, settings: Settings, metrics: Metrics) -> None:
        """Load the released champion.

        Raises:
            UserError: there is no release, or its file is not the released one.
        """
        self.problem = problem
        self.metrics = metrics
        self._settings = settings
        self._plan = settings.release_plan(problem)
        self._seen = self._stamp()
        self._online: Any = None
        self._lookup_lock = threading.Lock()
        self.served = self._load()
        self._announce()
        self._spool = Spool(settings.folder("spool", problem))
        self._shipper = Shipper(self._spool, settings.database_url)
        self._engine = create_engine(settings.database_url)

    @property
    def can_look_up(self) -> bool:
        """Whether requests by key can be answered yet."""
        return self._online is not None or not self.served.model.contract.views

    def start(self) -> None:
        """Begin shipping the log and opening the feature store; the latter takes seconds."""
        self._shipper.start()
        threading.Thread(target=self._open_store, daemon=True, name="feature-store").start()

    def stop(self) -> None:
        """Ship what is left of the log."""
        self._shipper.stop()
        self._spool.close()
        self._engine.dispose()

    def _open_store(self) -> None:
        from homestead.features.online import OnlineFeatures

        while self._online is None:
            try:
                self._online = OnlineFeatures(self.served.model.contract, self._settings)
            except Exception:
                # Feast and its stores have no common error; requests by key wait meanwhile.
                _log.exception("the online store can't be opened; trying again")
                time.sleep(_POLL_S)

    def _read(self, view: str, keys: Any) -> list[dict[str, float | None] | None]:
        if self._online is None:
            raise RefusedError(503, "store", "the online store is not open yet; give all features")
        begin = time.perf_counter()
        try:
            return list(self._online.read(view, keys))
        except Exception as error:
            _log.warning("online store: %s", error)
            self.metrics.count("failed_requests_total", self.problem, "store")
            raise RefusedError(503, "store", "the online store does not answer") from None
        finally:
            self.metrics.observe(
                "feature_lookup_duration_seconds", self.problem, seconds=time.perf_counter() - begin
            )

    def predict(self, request: Request, begin: float) -> Answer:
        """Answer a request; it is in the log before this returns.

        Args:
            begin: ``time.perf_counter()`` when its last byte was there.

        Raises:
            RefusedError: the request is refused.
        """
        served = self.served
        entities: list[str | None] = []
        size = len(request.rows if request.rows is not None else request.matrix or [])
        if size > LARGEST_BATCH:
            raise RefusedError(413, "size", f"found {size} rows, allowed are {LARGEST_BATCH}")
        if request.rows is not None:
            matrix, entities = served.resolver.resolve(request.rows)
        else:
            matrix = served.resolver.check_matrix(request.matrix or [])
        values = served.model.predict(matrix)
        if not np.isfinite(values).all():
            raise RefusedError(
                422, "prediction", "the model has no finite prediction for this input"
            )
        answer = Answer(
            id=uuid.uuid4().hex,
            request_id=request.id,
            contract=served.model.contract,
            version=served.version.version,
            digest=served.version.digest,
            values=values,
        )
        labels = answer.labels
        self._spool.append(
            Entry(
                id=answer.id,
                problem=self.problem,
                version=answer.version,
                digest=answer.digest,
                at=time.time(),
                names=answer.contract.features,
                features=[[None if v != v else v for v in row] for row in matrix.tolist()],  # noqa: PLR0124
                predictions=(values if labels is None else values.max(axis=1)).tolist(),
                request_id=request.id,
                entities=entities,
                labels=labels,
            )
        )
        self.metrics.count("predictions_total", self.problem, answer.version, by=len(values))
        self.metrics.observe(
            "prediction_duration_seconds",
            self.problem,
            answer.version,
            seconds=time.perf_counter() - begin,
        )
        return answer

    async def follow(self) -> None:
        """Follow the release plan and the newest drift report, until cancelled."""
        drift_at = 0.0
        while True:
            self.metrics.set("prediction_log_lag_rows", self.problem, value=self._shipper.lag)
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                await asyncio.to_thread(self._swap)
            if time.monotonic() - drift_at > _DRIFT_POLL_S:
                drift_at = time.monotonic()
                await asyncio.to_thread(self._show_drift)
            await asyncio.sleep(_POLL_S)

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self._plan.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _swap(self) -> None:
        try:
            self.served = self._load()
            self._online = None if self._online is None else self._reopened()
            self._announce()
        except UserError as error:
            self.metrics.count("release_plan_errors_total", self.problem)
            _log.error("version %s goes on: %s", self.served.version.version, error)

    def _reopened(self) -> Any:
        from homestead.features.online import OnlineFeatures

        return OnlineFeatures(self.served.model.contract, self._settings)

    def _load(self) -> Served:
        version = read_plan(self._plan).champion
        model = Model(read_model(version.uri))
        if model.digest != version.digest:
            raise UserError(
                f"{Path(self._plan)}: champion.digest: found {version.digest[:12]},"
                f" the file's is {model.digest[:12]}"
            )
        return Served(model, version, Resolver(model.contract, self._read))

    def _announce(self) -> None:
        self.metrics.clear("model_info")
        version = self.served.version
        self.metrics.set("model_info", self.problem, version.version, version.digest, value=1)
        _log.info("serving %s version %s", self.problem, version.version)

    def _show_drift(self) -> None:
        try:
            found = latest_report(self._engine, self.problem)
        except SQLAlchemyError:
            return
        if found is None:
            return
        share = float("nan") if found["share"] is None else found["share"]
        self.metrics.set("drift_share", self.problem, value=share)
        self.metrics.set("drift_threshold", self.problem, value=found["threshold"])
        self.metrics.set("drift_rows", self.problem, value=found["rows"])
        self.metrics.set("drift_checked_timestamp_seconds", self.problem, value=found["at"])
