"""Champion and challenger by the release plan, each with its certificate, verified now."""

import json
from collections.abc import Sequence

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.signing.keys import short_id
from homestead.steps.releases.certificates import verify_version
from homestead.steps.ui.sources import Sources
from homestead.ui.views.models import CertificateState, MetricFigure, ModelsView, VersionView


def read_models(sources: Sources, problem: str) -> ModelsView | None:
    """Return the versions that answer requests; None before the first release.

    Raises:
        UserError: the release plan is not valid.
        SQLAlchemyError: the database cannot be read.
    """
    plan = sources.plan(problem)
    if plan is None:
        return None
    challenger = None
    if plan.challenger is not None:
        challenger = _version(
            sources, plan, plan.challenger, "challenger", plan.champion.digest, plan.traffic_share
        )
    share = 1.0 if plan.challenger is None else 1 - plan.traffic_share
    return ModelsView(_version(sources, plan, plan.champion, "champion", None, share), challenger)


def _version(
    sources: Sources,
    plan: ReleasePlan,
    version: ModelVersion,
    role: str,
    champion_digest: str | None,
    traffic_share: float,
) -> VersionView:
    state, metrics = _certificate(sources, plan.problem, version, champion_digest)
    return VersionView(
        role=role,
        version=version.version,
        digest=version.digest,
        created=None if version.created is None else version.created.timestamp(),
        traffic_share=traffic_share,
        certificate=state,
        metrics=metrics,
    )


def _certificate(
    sources: Sources, problem: str, version: ModelVersion, champion_digest: str | None
) -> tuple[CertificateState, Sequence[MetricFigure]]:
    """Verify a certificate as a server does before it loads the model."""
    try:
        signed = verify_version(sources.settings, problem, version, champion_digest)
    except UserError as error:
        return CertificateState("refused", str(error)), ()
    except Exception as error:
        # Object stores have errors of their own; the versions are worth showing without.
        return CertificateState("unknown", f"{type(error).__name__}: {error}"), ()
    keys = tuple(map(short_id, signed.key_ids))
    try:
        certificate = Certificate.from_json(json.dumps(signed.predicate), "certificate")
    except UserError:
        # One of a later version: what a server needs of it is verified.
        return CertificateState("verified", "", keys), ()
    return CertificateState("verified", certificate.reason, keys), _metrics(certificate)


def _metrics(certificate: Certificate) -> tuple[MetricFigure, ...]:
    champion = certificate.champion.metrics if certificate.champion else {}
    return tuple(
        MetricFigure(
            name,
            estimate.value,
            estimate.low,
            estimate.high,
            champion[name].value if name in champion else None,
        )
        for name, estimate in certificate.winner.metrics.items()
    )
