"""The model that is worse on purpose: its predictions, its certificate, and its release."""

import numpy as np

from homestead.cli.demo.worse_model import FACTOR, REASON, register_worse_model, scaled_model
from homestead.files import read_uri
from homestead.model.onnx_model import Model
from homestead.problem.sections.release import ReleasePolicy
from homestead.settings import Settings
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry, runs
from tests.registry import PROBLEM, log_candidates, promote

CANARY = PROBLEM.model_copy(update={"release": ReleasePolicy()})


def test_a_worse_copy_of_the_champion_is_registered_and_released_in_steps(
    settings: Settings,
) -> None:
    candidate = min(log_candidates(settings).values(), key=lambda item: item.digest)
    promote(settings, candidate, None)
    mlflow = runs.open_client(settings)
    champion = registry.champion(mlflow, PROBLEM.name)
    assert champion is not None
    version = register_worse_model(CANARY, settings, champion)
    assert registry.aliases(mlflow, PROBLEM.name)["champion"] == champion.version

    content = read_uri(champion.uri)
    model, worse = Model(content), Model(read_uri(version.uri))
    X = np.full((3, len(model.contract.features)), 40.0)
    np.testing.assert_array_equal(worse.predict(X), FACTOR * model.predict(X))
    assert worse.contract == model.contract
    assert scaled_model(content, FACTOR) == scaled_model(content, FACTOR)

    with open_records(settings) as records:
        controller = Controller(CANARY, settings, records, report=lambda _: None)
        record = start_release(controller, version, who="demo")
    assert (record.state, record.champion) == ("running", champion)
    run_id = registry.version_run_id(mlflow, PROBLEM.name, version.version)
    assert REASON.format(factor=FACTOR) in runs.read_text(mlflow, run_id, "certificate.json")
