"""Program of a pod: register the champion with its predictions times a factor, as a challenger.

A training of minutes gives no model that is worse on purpose: the gate would keep it away. The
certificate is the champion's own, for the new file against the champion, signed with the key that
the job of training has. Prints the version.
"""

import os
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from homestead.evaluation.certificate import Certificate, ScoredModel
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.names import CERTIFICATE_FILE
from homestead.problem.loader import load_problem
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.tracking import registry, runs
from homestead.tracking.candidates import log_candidate
from homestead.tracking.certificates import log_certificate, store_certificate
from homestead.tracking.lineage import Lineage
from homestead.training.search import TrainedCandidate


def scaled(content: bytes, factor: float) -> bytes:
    """Return an ONNX model with its prediction times a factor."""
    model = onnx.load_from_string(content)
    name = model.graph.output[0].name
    # The champion may be such a challenger of before.
    unscaled, scale = (f"{text}_{len(model.graph.node)}" for text in ("unscaled", "scale"))
    for node in model.graph.node:
        for index, output in enumerate(node.output):
            if output == name:
                node.output[index] = unscaled
    constant = numpy_helper.from_array(np.array([factor]), scale)
    model.graph.initializer.append(constant)
    model.graph.node.append(helper.make_node("Mul", [unscaled, scale], [name]))
    return bytes(model.SerializeToString())


def main() -> None:
    """Register the challenger."""
    settings, problem = Settings.read(), load_problem(Path(os.environ["HOMESTEAD_PROBLEM"]))
    mlflow = runs.open_client(settings)
    champion = registry.champion(mlflow, problem.name)
    assert champion is not None
    champion_run = registry.version_run_id(mlflow, problem.name, champion.version)
    text = runs.read_text(mlflow, champion_run, CERTIFICATE_FILE)
    issued = Certificate.from_json(text, CERTIFICATE_FILE)
    content = scaled(read_uri(champion.uri), float(sys.argv[1]))
    parent = runs.start_run(mlflow, settings, problem, {})
    name = next(iter(problem.candidates))
    trained = TrainedCandidate(name, content, {}, {}, (), 0.0)
    candidate = log_candidate(mlflow, parent, problem, trained, {})
    runs.finish_run(mlflow, settings, mlflow.get_run(candidate.run_id), "FINISHED")
    runs.finish_run(mlflow, settings, mlflow.get_run(parent), "FINISHED")
    metrics = issued.winner.metrics
    certificate = issued.model_copy(
        update={
            "winner": ScoredModel(digest=candidate.digest, metrics=metrics),
            "champion": ScoredModel(
                digest=champion.digest, version=champion.version, metrics=metrics
            ),
        }
    )

    def write_documents(run_id: str) -> str:
        signed = SignedCertificate.sign(certificate, open_signing_key(settings))
        log_certificate(mlflow, run_id, signed)
        return store_certificate(mlflow, candidate.model_id, candidate.uri, signed)

    lineage = Lineage(
        run=parent,
        data_hash=issued.data_hash,
        commit=issued.commit,
        holdout_hash=issued.holdout.hash,
        features_hash="",
    )
    registered = registry.register_challenger(
        mlflow, settings, certificate, candidate, lineage, _never, write_documents
    )
    assert registered.version is not None
    sys.stdout.write(f"VERSION {registered.version.version}\n")


def _never(*arguments: object) -> Certificate:
    raise AssertionError(f"the champion changed meanwhile: {arguments}")


main()
