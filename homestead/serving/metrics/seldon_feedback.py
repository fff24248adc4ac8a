"""Seldon's counters of feedback, by the names and labels that its dashboards read.

They follow Seldon's Python wrapper 1.18.2, which counts the messages with a reward other than zero.
A reward may be negative, which Prometheus takes for the restart of a counter.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

_UNKNOWN = "NOT_IMPLEMENTED"


class SeldonFeedbackCounters(Collector):
    """Counts rewards; the labels come from the variables that Seldon's operator sets."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._labels = {"method": "feedback", **_deployment_labels(environment)}
        self._messages = 0
        self._reward = 0.0

    def count(self, reward: float | None) -> None:
        """Count a feedback message."""
        if reward:
            self._messages += 1
            self._reward += reward

    def collect(self) -> Iterable[Metric]:
        """Yield both counters."""
        for name, text, value in (
            ("seldon_api_model_feedback", "Feedback messages with a reward.", self._messages),
            ("seldon_api_model_feedback_reward", "Sum of the rewards.", self._reward),
        ):
            family = CounterMetricFamily(name, text, labels=list(self._labels))
            family.add_metric(list(self._labels.values()), value)
            yield family


def _deployment_labels(environment: Mapping[str, str]) -> dict[str, str]:
    deployment = environment.get("SELDON_DEPLOYMENT_ID", _UNKNOWN)
    image = environment.get("PREDICTIVE_UNIT_IMAGE", f"{_UNKNOWN}:{_UNKNOWN}")
    image_name, _, image_version = image.rpartition(":")
    return {
        "deployment_name": deployment,
        "model_name": environment.get("PREDICTIVE_UNIT_ID", _UNKNOWN),
        "model_image": image_name,
        "model_version": image_version,
        "predictor_name": environment.get("PREDICTOR_ID", _UNKNOWN),
        "predictor_version": _predictor_version(environment.get("PREDICTOR_LABELS", "{}")),
        "seldon_deployment_name": deployment,
        "image_name": image_name,
        "image_version": image_version,
        "worker_id": str(os.getpid()),
    }


def _predictor_version(labels: str) -> str:
    try:
        parsed: Any = msgspec.json.decode(labels)
    except msgspec.DecodeError:
        return _UNKNOWN
    return str(parsed.get("version", _UNKNOWN)) if isinstance(parsed, dict) else _UNKNOWN
