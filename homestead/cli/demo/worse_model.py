"""A challenger that is worse on purpose: the champion with every prediction multiplied.

No gate would let it through. The demo signs a certificate for it whose reason says so, to show that
a release takes back what the holdout did not find.
"""

import onnx
from onnx import TensorProto, helper

from homestead.evaluation.certificate import Certificate, ScoredModel
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.names import CERTIFICATE_FILE
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.tracking import registry, runs
from homestead.tracking.candidates import log_candidate
from homestead.tracking.certificates import write_certificate
from homestead.tracking.lineage import Lineage
from homestead.training.search import TrainedCandidate

# Predictions then differ by a third, more than a release allows while labels are few.
FACTOR = 1.5
NAME = "worse on purpose"
REASON = (
    "a demonstration: the champion with each prediction multiplied by {factor:g}, which no gate has"
    " let through"
)


def register_worse_model(
    problem: Problem, settings: Settings, champion: ModelVersion, factor: float = FACTOR
) -> ModelVersion:
    """Register the champion times a factor as its challenger, and return its version.

    Raises:
        UserError: the champion's file or certificate is not the registered one.
    """
    mlflow = runs.open_client(settings)
    champion_run = registry.version_run_id(mlflow, problem.name, champion.version)
    text = runs.read_text(mlflow, champion_run, CERTIFICATE_FILE)
    earlier = Certificate.from_json(text, f"run {champion_run}: {CERTIFICATE_FILE}")
    content = scaled_model(read_uri(champion.uri), factor)
    run_id = runs.start_run(mlflow, settings, problem, {})
    worse = TrainedCandidate(NAME, content, {"factor": factor}, {}, (), 0.0)
    candidate = log_candidate(mlflow, run_id, problem, worse, {})
    mlflow.set_terminated(run_id)
    certificate = earlier.model_copy(
        update={
            "decision": "promote",
            "reason": REASON.format(factor=factor),
            "winner": ScoredModel(digest=candidate.digest, metrics={}),
            "champion": ScoredModel(
                digest=champion.digest, version=champion.version, metrics=earlier.winner.metrics
            ),
            "comparison": None,
            "baseline_comparison": None,
            "slices": (),
            "limits": (),
            "interval": None,
        }
    )
    lineage = Lineage(
        run=run_id,
        data_hash=earlier.data_hash,
        commit=earlier.commit,
        holdout_hash=earlier.holdout.hash,
        features_hash="",
    )

    def write_documents(target_run_id: str) -> str:
        signed = SignedCertificate.sign(certificate, open_signing_key(settings))
        return write_certificate(mlflow, target_run_id, candidate, signed)

    registration = registry.register_challenger(
        mlflow,
        settings,
        certificate,
        candidate,
        lineage,
        lambda _model, _version: certificate,
        write_documents,
    )
    assert registration.version is not None  # noqa: S101  # its certificate promotes it
    return registration.version


def scaled_model(content: bytes, factor: float) -> bytes:
    """Return a regression's ONNX file with its predictions multiplied by a factor."""
    model = onnx.load_from_string(content)
    graph = model.graph
    output = graph.output[0].name
    # The champion may be such a model itself.
    unscaled, scale = (f"{output}_{name}_{len(graph.node)}" for name in ("unscaled", "scale"))
    for node in graph.node:
        for names in (node.input, node.output):
            for position, name in enumerate(names):
                if name == output:
                    names[position] = unscaled
    kind = graph.output[0].type.tensor_type.elem_type or TensorProto.DOUBLE
    graph.initializer.append(helper.make_tensor(scale, kind, [], [factor]))
    graph.node.append(helper.make_node("Mul", [unscaled, scale], [output]))
    return bytes(model.SerializeToString())
