"""Page of a release: what is released, how far it came, why, and the figures it was judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from markupsafe import Markup

from homestead.problem.schema import Problem
from homestead.release.analysis.result import TestResult
from homestead.release.evidence import Latency, OneSidedFailure
from homestead.release.record import ReleaseRecord
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import chart_html
from homestead.reports.releases import figures, sentences
from homestead.reports.releases.findings import (
    PastAnalysis,
    ReleaseChange,
    ReleaseFindings,
    StepRequests,
)
from homestead.reports.wording import duration, percent

_SLICE = "slice "
_PLOTTED_SLICES = 30
_SIDES = ("challenger", "champion")
_QUANTILES = (0.5, 0.9, 0.99)
_TEST_TITLES = {
    "failures": "Failed requests",
    "error": "Prediction error",
    "distance": "Distance of the predictions",
    "slower": "Latency above the median",
    "slowest": "Latency above the 99th percentile",
}


@dataclass(frozen=True)
class _TimelineRow:
    change: ReleaseChange
    seconds: float
    requests: StepRequests | None


@dataclass(frozen=True)
class _LatencyRow:
    count: int
    quantiles: tuple[float, ...]


def release_html(
    record: ReleaseRecord, findings: ReleaseFindings, problem: Problem, now: float
) -> str:
    """Return the page of a release, under way or ended.

    Args:
        now: seconds since 1970.
    """
    evidence, end = findings.evidence, now if record.ended_at is None else record.ended_at
    tests = findings.analyses[-1].analysis.tests if findings.analyses else ()
    slices = sorted((t for t in tests if _is_slice(t)), key=lambda test: -test.observations)
    plotted = slices[:_PLOTTED_SLICES]
    return render(
        "release.html",
        PageHeader(
            record.problem, f"version {record.challenger.version}", datetime.fromtimestamp(now, UTC)
        ),
        record=record,
        problem=problem,
        certificate=findings.certificate,
        headline=headline(record),
        approval=_approval(record),
        shares=", ".join(percent(share, 0) for share in record.policy.steps),
        seconds=end - record.started_at,
        written_at=now,
        challenger_requests=sum(count.challenger for count in findings.requests.values()),
        pairs=sum(not _is_labelled(pair) for pair in evidence.pairs),
        labelled=sum(_is_labelled(pair) for pair in evidence.pairs),
        failed={side: sum(f.side == side for f in evidence.failures) for side in _SIDES},
        failures=failures_by_kind(evidence.failures),
        timeline=_timeline(findings, end),
        timeline_plot=_timeline_plot(findings.changes, record, end),
        tests=[test for test in tests if not _is_slice(test)],
        test_plots=_test_plots(findings.analyses, record.started_at),
        slices=plotted,
        slices_plot=chart_html(
            partial(figures.slice_intervals, slices=plotted), sentences.slices_sentence(plotted)
        )
        if plotted
        else "",
        slices_left_out=len(slices) - len(plotted),
        latencies=_latency_rows(evidence.latencies),
        latency_plot=_latency_plot(evidence.latencies),
        plan_now=findings.plan,
        moment=lambda seconds: datetime.fromtimestamp(seconds, UTC),
        test_title=test_title,
        duration=duration,
    )


def headline(record: ReleaseRecord) -> str:
    """Return in one sentence how far a release is."""
    challenger = f"Version {record.challenger.version}"
    champion = "the champion" if record.champion is None else f"version {record.champion.version}"
    share, steps = percent(record.traffic_share, 0), len(record.steps)
    unseen = record.policy.strategy == "shadow"
    answers = "predicts unseen" if unseen else f"answers {share} of the subjects"
    place = "" if unseen else f" (step {record.step + 1} of {steps})"
    return {
        "waiting": f"{challenger} waits until another release has ended.",
        "running": f"{challenger} {answers}{place}.",
        "awaiting_approval": f"{challenger} {answers} and waits for approval.",
        "paused": f"{challenger} {answers}; the release is paused.",
        "promoting": f"{challenger} is about to become champion.",
        "rolling_back": f"{challenger} is being taken back.",
        "promoted": f"Promoted: {challenger[0].lower()}{challenger[1:]} is the champion.",
        "rolled_back": f"Rolled back: {champion} answers all requests again.",
        "superseded": f"Superseded: {challenger[0].lower()}{challenger[1:]} made room for another.",
    }[record.state]


def test_title(test: TestResult) -> str:
    """Return a test's name for people."""
    return _TEST_TITLES.get(test.name, test.name.removeprefix(_SLICE))


test_title.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's


def failures_by_kind(failures: Sequence[OneSidedFailure]) -> dict[str, dict[str, int]]:
    """Return how often each side failed, by kind, the most frequent first."""
    counts: dict[str, dict[str, int]] = {}
    for failure in failures:
        counts.setdefault(failure.kind, dict.fromkeys(_SIDES, 0))[failure.side] += 1
    return dict(sorted(counts.items(), key=lambda item: -sum(item[1].values())))


def _is_slice(test: TestResult) -> bool:
    return test.name.startswith(_SLICE)


def _is_labelled(pair: object) -> bool:
    return getattr(pair, "truth", None) is not None or (
        getattr(pair, "truth_label", None) is not None
    )


def _approval(record: ReleaseRecord) -> str:
    if record.policy.approval == "none":
        return "not required"
    by = [wish.who for wish in record.wishes if wish.kind in ("approve", "promote")]
    return f"by {by[0]}" if by else "required, and not given yet"


def _timeline(findings: ReleaseFindings, end: float) -> list[_TimelineRow]:
    """Return the changes; the requests of a step are with its first one."""
    changes = findings.changes
    ends = [*(change.at for change in changes[1:]), end]
    rows, shown = [], set()
    for change, until in zip(changes, ends, strict=True):
        requests = None if change.step in shown else findings.requests.get(change.step)
        shown.add(change.step)
        rows.append(_TimelineRow(change, max(0.0, until - change.at), requests))
    return rows


def _timeline_plot(
    changes: Sequence[ReleaseChange], record: ReleaseRecord, end: float
) -> Markup | str:
    if not changes:
        return ""
    times = [change.at for change in changes]
    shares = [change.traffic_share for change in changes]
    return chart_html(
        partial(figures.traffic_shares, times=times, shares=shares, end=end),
        sentences.traffic_sentence(times, shares, end, has_ended=record.has_ended),
    )


def _test_plots(analyses: Sequence[PastAnalysis], start: float) -> list[tuple[TestResult, Markup]]:
    """Return the plot of each test over time that has observations, slices left out."""
    if not analyses:
        return []
    plots = []
    for last in analyses[-1].analysis.tests:
        if _is_slice(last) or last.observations == 0:
            continue
        points = [
            (past.at - start, test)
            for past in analyses
            for test in past.analysis.tests
            if test.name == last.name and test.observations
        ]
        draw = partial(figures.test_over_time, points=points)
        chart = chart_html(draw, sentences.test_sentence(last), test_title(last), is_small=True)
        plots.append((last, chart))
    return plots


def _latency_rows(latencies: Sequence[Latency]) -> dict[str, _LatencyRow]:
    rows = {}
    for side, seconds in _seconds_by_side(latencies).items():
        quantiles = tuple(float(value) for value in np.quantile(seconds, _QUANTILES))
        rows[side] = _LatencyRow(len(seconds), quantiles)
    return rows


def _latency_plot(latencies: Sequence[Latency]) -> Markup | str:
    by_side = _seconds_by_side(latencies)
    if not by_side:
        return ""
    return chart_html(
        partial(figures.latency_shares, seconds=by_side), sentences.latency_sentence(by_side)
    )


def _seconds_by_side(latencies: Sequence[Latency]) -> Mapping[str, np.ndarray]:
    seconds = {
        side: np.array([item.seconds for item in latencies if item.side == side]) for side in _SIDES
    }
    return {side: values for side, values in seconds.items() if len(values)}
