"""A champion, as a notebook shows it."""

from homestead.evaluation.certificate import Certificate
from homestead.problem.contract import Contract
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.reports.models.run_summary import estimate_text
from homestead.reports.notebook.fragment import render_fragment


def champion_html(certificate: Certificate, version: str, digest: str, contract: Contract) -> str:
    """Return version, metrics with their intervals, and what a row may hold.

    Args:
        digest: SHA-256 of the model's file, in hex.
    """
    return render_fragment(
        "champion.html",
        certificate=certificate,
        version=version,
        digest=digest,
        contract=contract,
        metrics={
            name: estimate_text(name, estimate, contract.target_unit)
            for name, estimate in certificate.winner.metrics.items()
            if name in MODEL_METRICS
        },
    )
