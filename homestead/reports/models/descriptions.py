"""Descriptions of a registered model and of a version, from problem file and certificate."""

from collections.abc import Mapping
from dataclasses import dataclass

from homestead.evaluation.certificate import Certificate, Estimate
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.reports.models.comparison import headline
from homestead.reports.wording import metric_title, metric_value

# Marks a text that may be replaced; one that a person wrote stays.
GENERATED = "_From the problem file. A description without this line is kept as it is._"


@dataclass(frozen=True)
class VersionFacts:
    """What a version was made from, as people read it.

    Attributes:
        estimator: the candidate's name and its estimator.
        parameters: the estimator's parameters as text, by name.
        data: file or table of the source.
        data_version: the source's version, or the beginning of its hash.
        commit: git commit of the code; '' outside of a repository.
        cause: what a retraining was started for; '' for any other run.
    """

    estimator: str
    parameters: Mapping[str, str]
    data: str
    data_version: str
    commit: str
    cause: str = ""


def metric_sentence(problem: Problem, estimate: Estimate | None, where: str) -> str:
    """Return the problem's metric with unit and interval: ``mape 14.2% (13.8% to 14.7%) on …``."""
    name = problem.metric
    if estimate is None or estimate.value is None:
        return f"{name} has no value on {where}"
    unit = metric_unit(problem, name)
    text = f"{name} {metric_value(name, estimate.value)}{unit}"
    if estimate.low is not None and estimate.high is not None:
        text += f" ({metric_value(name, estimate.low)} to {metric_value(name, estimate.high)})"
    return f"{text} on {where}"


def metric_unit(problem: Problem, name: str) -> str:
    """Return what follows a metric's value: a space and the target's unit, or nothing."""
    metric = MODEL_METRICS.get(name)
    unit = problem.columns[problem.target].unit
    return f" {unit}" if unit and metric is not None and metric.unit == "target" else ""


def model_description(problem: Problem) -> str:
    """Return the description of a registered model in Markdown: what people say of its use."""
    card = problem.card
    unit = problem.columns[problem.target].unit
    lines = [
        problem.description or f"Predicts {problem.target}.",
        "",
        f"Predicts **{problem.target}**{f' in {unit}' if unit else ''} ({problem.task});"
        f" versions are compared by {metric_title(problem.metric)}.",
    ]
    for title, text in {
        "Owner": card.owner,
        "Intended use": card.intended_use,
        "Out of scope": card.out_of_scope,
        "Ethical considerations": card.ethics,
        "Caveats": card.caveats,
    }.items():
        lines += ["", f"**{title}:** {text or 'not stated in the problem file.'}"]
    return "\n".join([*lines, "", GENERATED])


def version_description(
    problem: Problem, certificate: Certificate, facts: VersionFacts, links: Mapping[str, str]
) -> str:
    """Return the description of a version in Markdown: figures first, then origin and reports.

    Args:
        links: addresses by title; those of reports.
    """
    # The problem's own metric first.
    metrics = dict(
        sorted(certificate.winner.metrics.items(), key=lambda item: item[0] != problem.metric)
    )
    where = f"the holdout of {certificate.holdout.rows:,} rows"
    figure = metric_sentence(problem, metrics.get(problem.metric), where)
    lines = [f"{figure}. {headline(certificate)}", "", _sentence(certificate.reason), ""]
    if metrics:
        confidence = f"{problem.gate.confidence:.0%}"
        lines += [f"| metric | holdout | {confidence} interval |", "|---|---|---|"]
        lines += [_row(problem, name, estimate) for name, estimate in metrics.items()]
        lines.append("")
    parameters = ", ".join(f"{name} = {value}" for name, value in facts.parameters.items())
    for title, text in {
        "Model": f"{facts.estimator}{f', {parameters}' if parameters else ''}",
        "Data": f"{facts.data}, version {facts.data_version}",
        "Commit": facts.commit or "none: trained outside of a repository",
        "Cause": facts.cause,
    }.items():
        if text:
            lines.append(f"- **{title}:** {text}")
    if links:
        shown = " · ".join(f"[{title}]({address})" for title, address in links.items())
        lines += ["", f"**Reports:** {shown}"]
    return "\n".join(lines)


def _row(problem: Problem, name: str, estimate: Estimate) -> str:
    if estimate.value is None:
        return f"| {metric_title(name)} | {estimate.undefined} | – |"
    interval = "–"
    if estimate.low is not None and estimate.high is not None:
        interval = f"{metric_value(name, estimate.low)} to {metric_value(name, estimate.high)}"
    value = f"{metric_value(name, estimate.value)}{metric_unit(problem, name)}"
    return f"| {metric_title(name)} | {value} | {interval} |"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
