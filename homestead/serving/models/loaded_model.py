"""A model version in memory, with everything it needs to answer requests."""

from typing import TYPE_CHECKING

import numpy as np
from prometheus_client import Counter, Histogram

from homestead.model.onnx_model import Model
from homestead.prediction_log.redaction import Redactor
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.metrics.metric_registry import ServerMetrics

if TYPE_CHECKING:
    from homestead.model.explain import Explainer


class LoadedModel:
    """A model version that can answer requests.

    Attributes:
        lookup: its online features, maybe shared with another version.
        predicted_rows: counts its predictions.
        duration_s: time from a request's arrival to its response.
        failures: counts requests that it failed on while another version answered.
    """

    def __init__(
        self,
        version: str,
        model: Model,
        lookup: FeatureLookup,
        redactor: Redactor,
        metrics: ServerMetrics,
    ) -> None:
        self.version = version
        self.model = model
        self.contract = model.contract
        self.digest = model.digest
        self.lookup = lookup
        self.redactor = redactor
        self.resolver = Resolver(model.contract)
        self._explainer: Explainer | None = None
        labels = (model.contract.problem, version)
        self.predicted_rows: Counter = metrics.counter("homestead_predictions_total", *labels)
        self.duration_s: Histogram = metrics.histogram(
            "homestead_prediction_duration_seconds", *labels
        )
        self.failures: Counter = metrics.counter("homestead_challenger_failures_total", *labels)
        for view in model.contract.views:
            # Exposed as 0 from the start: Prometheus' rates miss a new series' first increment.
            metrics.counter("homestead_stale_features_total", labels[0], view.name)
            metrics.counter("homestead_unavailable_features_total", labels[0], view.name)

    def explain(self, X: np.ndarray) -> np.ndarray:
        """Return contributions; see :meth:`homestead.model.explain.Explainer.contributions`.

        To be called in a thread: the first call takes up to a second.

        Raises:
            RefusedError: 501, the model's file does not hold what its explanation needs.
        """
        if self._explainer is None:
            from homestead.model.explain import load_explainer

            try:
                self._explainer = load_explainer(self.model)
            except ValueError as error:
                raise RefusedError(501, "explain", f"version {self.version}: {error}") from None
        return self._explainer.contributions(X)
