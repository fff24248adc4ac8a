"""Summary of a training run: in Markdown with links, and in lines for a terminal."""

from collections.abc import Mapping

from homestead.evaluation.certificate import Certificate, Estimate
from homestead.problem.model_metrics.table import MODEL_METRICS
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


def summary_lines(
    certificate: Certificate, metric: str, unit: str, promoted_version: str | None
) -> list[str]:
    """Return decision, metric with its interval, and what it was compared with, a line each.

    Args:
        metric: the problem's metric.
        unit: of the target; empty if the problem states none.
        promoted_version: registered version that the run promoted; None if it kept the champion.
    """
    decision = f"decision: {certificate.decision}, {certificate.problem}"
    if promoted_version is not None:
        decision += f" version {promoted_version}"
    lines = [decision]
    for name, text in compared_estimates(certificate, metric, unit).items():
        lines.append(f"{name}: {metric} {text}")
    lines[1] += f" on {certificate.holdout.rows:,} rows of the holdout"
    return [*lines, f"gate: {certificate.reason}"]


def compared_estimates(certificate: Certificate, metric: str, unit: str) -> dict[str, str]:
    """Return the metric of the new model, the champion and the baseline, as texts by model.

    Args:
        unit: of the target; empty if the problem states none.
    """
    texts = {"new model": estimate_text(metric, certificate.winner.metrics[metric], unit)}
    if certificate.champion is not None:
        version = certificate.champion.version
        name = f"champion, version {version}" if version else "champion"
        texts[name] = estimate_text(metric, certificate.champion.metrics.get(metric), unit)
    baseline = (certificate.baseline or {}).get(metric)
    if baseline is not None:
        texts["baseline"] = f"{metric_value(metric, baseline)}{_unit(metric, unit)}"
    return texts


def estimate_text(metric: str, estimate: Estimate | None, unit: str = "") -> str:
    """Return a metric's value with its interval and unit: ``12,345 USD (11,900 to 12,800)``."""
    if estimate is None or estimate.value is None:
        return _estimate(metric, estimate)
    value = f"{metric_value(metric, estimate.value)}{_unit(metric, unit)}"
    if estimate.low is None or estimate.high is None:
        return value
    low, high = metric_value(metric, estimate.low), metric_value(metric, estimate.high)
    return f"{value} ({low} to {high})"


def _unit(metric: str, unit: str) -> str:
    known = MODEL_METRICS.get(metric)
    return f" {unit}" if unit and known is not None and known.unit == "target" else ""


def _estimate(metric: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return metric_value(metric, None)
    if estimate.value is None:
        return estimate.undefined
    low, high = metric_value(metric, estimate.low), metric_value(metric, estimate.high)
    return f"{metric_value(metric, estimate.value)} ({low} to {high})"
