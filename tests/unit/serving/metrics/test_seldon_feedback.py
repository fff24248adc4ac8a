"""Seldon's feedback counters: names, labels and values as its Python wrapper exposes them."""

import json
import os

from prometheus_client import CollectorRegistry, generate_latest

from homestead.serving.metrics.seldon_feedback import SeldonFeedbackCounters

# As Seldon's operator 1.17.1 sets them.
ENVIRONMENT = {
    "SELDON_DEPLOYMENT_ID": "house-price",
    "PREDICTOR_ID": "default",
    "PREDICTIVE_UNIT_ID": "house-price",
    "PREDICTIVE_UNIT_IMAGE": "registry:5000/homestead-serving:0.2.0",
    "PREDICTOR_LABELS": json.dumps({"version": "default"}),
}
LABELS = {
    "method": "feedback",
    "deployment_name": "house-price",
    "seldon_deployment_name": "house-price",
    "model_name": "house-price",
    "model_image": "registry:5000/homestead-serving",
    "image_name": "registry:5000/homestead-serving",
    "model_version": "0.2.0",
    "image_version": "0.2.0",
    "predictor_name": "default",
    "predictor_version": "default",
    "worker_id": str(os.getpid()),
}


def registry_of(counters: SeldonFeedbackCounters) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(counters)
    return registry


def test_messages_with_a_reward_are_counted_under_seldons_labels() -> None:
    counters = SeldonFeedbackCounters(ENVIRONMENT)
    registry = registry_of(counters)
    for reward in (1.0, 0.5, None, 0.0, -0.25):
        counters.count(reward)
    assert registry.get_sample_value("seldon_api_model_feedback_total", LABELS) == 3
    assert registry.get_sample_value("seldon_api_model_feedback_reward_total", LABELS) == 1.25


def test_outside_of_seldon_the_labels_say_so_and_the_counters_start_at_zero() -> None:
    for environment in ({}, {"PREDICTOR_LABELS": "not JSON"}, {"PREDICTOR_LABELS": "[]"}):
        text = generate_latest(registry_of(SeldonFeedbackCounters(environment))).decode()
        for name in ("seldon_api_model_feedback_total", "seldon_api_model_feedback_reward_total"):
            (line,) = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
            assert 'predictor_version="NOT_IMPLEMENTED"' in line
            assert 'image_version="NOT_IMPLEMENTED"' in line
            assert line.endswith(" 0.0")
