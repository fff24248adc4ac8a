"""Summary of the demo: what happened, shown to a person and written for programs."""

import json
from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict

from homestead.cli.demo.outcomes import DemoPerformance
from homestead.cli.demo.releases import DemoRelease
from homestead.cli.demo.retraining import DemoRetraining
from homestead.errors import UserError
from homestead.evaluation.certificate import Estimate
from homestead.pipelines.run_result import CandidateScore

# Largest drift share of unchanged traffic, which shifted traffic has to exceed.
_MAX_NORMAL_DRIFT_SHARE = 0.3


class DemoSummary(BaseModel):
    """Content of ``demo.json``.

    Attributes:
        model: the problem's name.
        version: registered version of the champion.
        digest: SHA-256 of the champion's ONNX file, in hex.
        candidates: the candidates of the run that trained the champion.
        second_run_decision: decision of the second training run on the same data.
        latency_ms: percentiles of the requests' latency, by name.
        drift_share_normal: drift share of unseen rows; None if inconclusive.
        drift_share_shifted: drift share of rows of another segment; None if inconclusive.
        labels_joined: outcomes that were joined to their predictions.
        performance: of the champion on unseen rows.
        performance_shifted: of the champion on rows of another segment.
        retraining: what asked for the second training run.
        reports: paths of the reports, by name.
        releases: a better challenger, then one that is worse on purpose.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    version: str | None
    digest: str | None
    champion_metrics: dict[str, Estimate]
    baseline_metrics: dict[str, float | None] | None
    candidates: tuple[CandidateScore, ...]
    second_run_decision: str
    predictions_sent: int
    predictions_logged: int
    latency_ms: dict[str, float]
    drift_share_normal: float | None
    drift_share_shifted: float | None
    labels_joined: int
    performance: DemoPerformance
    performance_shifted: DemoPerformance
    retraining: DemoRetraining
    reports: dict[str, str]
    releases: tuple[DemoRelease, ...]
    seconds: float

    def to_json(self) -> str:
        """Return the summary as JSON text."""
        return json.dumps(self.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"

    def failures(self) -> list[str]:
        """Return what went wrong: a demo that hides a failure is worse than none."""
        checks = {
            "the second run replaced the champion": self.second_run_decision == "keep",
            "the prediction log does not hold every answered prediction once": (
                self.predictions_logged == self.predictions_sent
            ),
            "the better challenger was not promoted, or the worse one not rolled back": (
                [release.end for release in self.releases] == ["promoted", "rolled_back"]
            ),
            "requests failed in a release": (
                not any(release.failed_requests for release in self.releases)
            ),
            "not every prediction of unseen rows got its label": (
                self.labels_joined >= self.predictions_sent
            ),
            "the performance on unseen rows was not measured, or is worse than promised": (
                self.performance.measured is not None and self.performance.verdict != "harm"
            ),
            "drift on normal traffic": (
                self.drift_share_normal is not None
                and self.drift_share_normal <= _MAX_NORMAL_DRIFT_SHARE
            ),
            "no drift on shifted traffic": (
                self.drift_share_shifted is not None
                and self.drift_share_shifted > _MAX_NORMAL_DRIFT_SHARE
            ),
        }
        return [failure for failure, passed in checks.items() if not passed]


def show_heading(text: str) -> None:
    """Print a line in bold."""
    click.echo(click.style(text, bold=True))


def show_detail(text: str) -> None:
    """Print an indented line."""
    click.echo(f"     {text}")


def show_release(release: DemoRelease) -> None:
    """Print how a release ended."""
    show_detail(
        f"{release.name}: {release.end.replace('_', ' ')} after {release.seconds} s and"
        f" {release.requests} requests, {release.failed_requests} failed"
    )
    show_detail(f"  {release.reason}")


def show_summary(summary: DemoSummary, metric: str, path: Path) -> None:
    """Print a summary.

    Args:
        metric: the problem's metric.
        path: where the summary was written.
    """
    champion = summary.champion_metrics[metric]
    baseline = (summary.baseline_metrics or {}).get(metric)
    click.echo()
    show_heading(
        f"Champion: {summary.model} version {summary.version} ({(summary.digest or '')[:12]})"
    )
    click.echo(
        f"  {metric} on the holdout {_number(champion.value, 4)}"
        f" [{_number(champion.low, 4)}, {_number(champion.high, 4)}],"
        f" baseline {_number(baseline, 4)}"
    )
    click.echo(f"  second run: {summary.second_run_decision}")
    click.echo(
        f"  predictions sent {summary.predictions_sent}, logged {summary.predictions_logged};"
        f" p50 {summary.latency_ms['p50']} ms, p99 {summary.latency_ms['p99']} ms"
    )
    click.echo(
        f"  drift share: normal {_number(summary.drift_share_normal, 2)},"
        f" shifted {_number(summary.drift_share_shifted, 2)}"
    )
    click.echo(f"  labels joined {summary.labels_joined}; {summary.performance.line()}")
    click.echo(f"  retraining for {summary.retraining.cause}: {summary.second_run_decision}")
    click.echo(f"  {summary.seconds} s in all. Reports:")
    for name, report in summary.reports.items():
        click.echo(f"    {name}: {report}")
    click.echo(f"  the same as JSON: {path}")


def require_success(summary: DemoSummary) -> None:
    """Raise if a part of the loop failed.

    Raises:
        UserError: names each failure.
    """
    if failures := summary.failures():
        raise UserError("demo: " + "; ".join(failures))


def _number(value: float | None, digits: int) -> str:
    return "unknown" if value is None else f"{value:.{digits}f}"
