"""Result of a training run, as a notebook shows it."""

from collections.abc import Mapping, Sequence

from homestead.evaluation.certificate import Certificate
from homestead.reports.models.comparison import headline
from homestead.reports.models.run_summary import compared_estimates
from homestead.reports.notebook.fragment import link_target, render_fragment


def training_html(
    certificate: Certificate,
    metric: str,
    unit: str,
    version: str | None,
    candidates: Mapping[str, float | None],
    reports: Mapping[str, str],
    release_lines: Sequence[str],
) -> str:
    """Return decision, metric with its interval, candidates, and links to the reports.

    Args:
        metric: the problem's metric.
        unit: of the target; empty if the problem states none.
        version: the promoted version; None if the champion was kept.
        candidates: the metric on the validation rows, by candidate.
        reports: paths by name.
        release_lines: what was released, and how it goes on.
    """
    return render_fragment(
        "training.html",
        certificate=certificate,
        headline=headline(certificate),
        metric=metric,
        version=version,
        rows=compared_estimates(certificate, metric, unit),
        candidates=candidates,
        reports=reports,
        release_lines=release_lines,
        link_target=link_target,
    )
