"""Summary of a training run in Markdown, with links to its run in MLflow and to its reports."""

from collections.abc import Mapping

from homestead.evaluation.certificate import Certificate, Estimate
from homestead.reports.models.comparison import headline
from homestead.reports.wording import metric_value


def run_summary(
    certificate: Certificate,
    metric: str,
    candidates: Mapping[str, float | None],
    run_id: str,
    links: Mapping[str, str],
) -> str:
    """Return the decision, the metrics on the holdout, the candidates and the links.

    Args:
        metric: the problem's metric, which the candidates were chosen by.
        candidates: its value on the validation rows, by candidate.
        run_id: the parent run in MLflow.
        links: URLs by title; empty if MLflow has no address.
    """
    champion = {} if certificate.champion is None else certificate.champion.metrics
    baseline = certificate.baseline or {}
    lines = [
        f"# {certificate.problem}: {headline(certificate)}",
        "",
        certificate.reason,
        "",
        f"| on {certificate.holdout.rows} rows of the holdout | new model | champion | baseline |",
        "|---|---|---|---|",
    ]
    for name, estimate in certificate.winner.metrics.items():
        cells = (
            _estimate(name, estimate),
            _estimate(name, champion.get(name)),
            metric_value(name, baseline.get(name)),
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"| candidate | {metric} on validation |", "|---|---|"]
    lines += [f"| {name} | {metric_value(metric, value)} |" for name, value in candidates.items()]
    lines += ["", f"MLflow run `{run_id}`"]
    lines += [f"- [{title}]({url})" for title, url in links.items()]
    return "\n".join(lines) + "\n"


def _estimate(metric: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return metric_value(metric, None)
    if estimate.value is None:
        return estimate.undefined
    low, high = metric_value(metric, estimate.low), metric_value(metric, estimate.high)
    return f"{metric_value(metric, estimate.value)} ({low} to {high})"
