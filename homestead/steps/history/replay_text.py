"""Replays as lines of text."""

from collections.abc import Iterator

from homestead.reports.lineage.text import moment
from homestead.steps.history.replayed import Explanation, ReplayedRow, ReplaySummary

_SHOWN_CONTRIBUTIONS = 10


def row_lines(row: ReplayedRow) -> Iterator[str]:
    """Yield what was answered, whether the replay is the same, and why it was answered."""
    entity = "" if row.entity is None else f", entity {row.entity}"
    yield (
        f"Prediction {row.prediction_id}, row {row.row}{entity}: version {row.version},"
        f" {moment(row.at)}"
    )
    yield f"  logged    {_answer(row.logged, row.logged_label)}"
    if row.reason:
        yield f"  replayed  not: {row.reason}"
        return
    verdict = "the same bits" if row.is_identical else "DIFFERENT"
    yield f"  replayed  {_answer(row.replayed, row.replayed_label)}: {verdict}"
    if row.explanation is None:
        yield "  no explanation: the model's file is of a release that stored none"
    else:
        yield from _explanation_lines(row.explanation)


def summary_lines(summary: ReplaySummary) -> Iterator[str]:
    """Yield the rows of each version that came back, that did not, and that could not."""
    if not summary.rows:
        yield "no predictions in this window"
        return
    versions = sorted({*summary.identical, *summary.different, *summary.skipped}, key=_number)
    for version in versions:
        counts = {
            "the same bits": summary.identical.get(version, 0),
            "different": summary.different.get(version, 0),
            "not replayed": summary.skipped.get(version, 0),
        }
        parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        yield f"version {version}: {parts}"
    for reason, count in summary.reasons.items():
        yield f"not replayed: {count:,} rows: {reason}"
    for row in summary.differences:
        yield (
            f"different: prediction {row.prediction_id}, row {row.row}, version {row.version}:"
            f" logged {_answer(row.logged, row.logged_label)},"
            f" replayed {_answer(row.replayed, row.replayed_label)}"
        )
    more = sum(summary.different.values()) - len(summary.differences)
    if more > 0:
        yield f"and {more:,} more rows differ"


def _explanation_lines(explanation: Explanation) -> Iterator[str]:
    yield f"  base      {explanation.base:,.6g}"
    shown = explanation.contributions[:_SHOWN_CONTRIBUTIONS]
    width = max((len(c.feature) for c in shown), default=0)
    for contribution in shown:
        value = "missing" if contribution.value is None else f"{contribution.value:,.6g}"
        yield f"  {contribution.size:>+14,.6g}  {contribution.feature:<{width}} = {value}"
    rest = explanation.contributions[_SHOWN_CONTRIBUTIONS:]
    if rest:
        yield f"  {sum(c.size for c in rest):>+14,.6g}  of {len(rest)} other features"


def _answer(value: float | None, label: str | None) -> str:
    number = "no value" if value is None else repr(value)
    return number if label is None else f"{label} ({number})"


def _number(version: str) -> tuple[int, str]:
    return (int(version), "") if version.isdigit() else (0, version)
