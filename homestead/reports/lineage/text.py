"""Lineage as lines of text."""

from collections.abc import Iterator
from datetime import UTC, datetime

from homestead.reports.lineage.facts import (
    CertificateFacts,
    LineageReport,
    OriginFacts,
    OutcomeFacts,
    PredictionFacts,
    UseFacts,
    VersionLineage,
)

_NOT_RECORDED = "not recorded"
_WIDTH = 18
_SHOWN_ROWS = 20


def lineage_lines(report: LineageReport) -> Iterator[str]:
    """Yield the lines of a report: the prediction, each version from its data on, other runs."""
    if report.prediction is not None:
        yield from _prediction_lines(report.prediction)
    for version in report.versions:
        yield from _version_lines(version)
    if report.other_runs:
        yield "Other trainings on this data"
        for run in report.other_runs:
            yield _line(moment(run.started_at), f"run {run.run_id} {run.status.lower()}")
    for note in report.notes:
        yield f"note: {note}"


def moment(seconds: float | None) -> str:
    """Return a time in UTC to the second, – if there is none."""
    if seconds is None:
        return "–"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def described_use(use: UseFacts) -> str:
    """Return in a phrase how many rows a version predicted, and when."""
    if not use.rows and not use.shadow_rows:
        return "none in the log"
    shadows = f" and {use.shadow_rows:,} as a shadow" if use.shadow_rows else ""
    return f"{use.rows:,} rows answered{shadows}, {moment(use.first_at)} to {moment(use.last_at)}"


def described_labels(use: UseFacts) -> str:
    """Return in a phrase of how many answered rows the outcome is known."""
    return f"known for {use.labelled_rows:,} of {use.rows:,} rows"


def described_certificate(certificate: CertificateFacts) -> str:
    """Return in a phrase what a certificate says, and who vouches for it."""
    if certificate.problem:
        return certificate.problem
    keys = ", ".join(certificate.signed_by)
    return f"{certificate.decision}: {certificate.reason} (signed by {keys})"


def described_outcome(outcome: OutcomeFacts) -> str:
    """Return in a phrase what became known of a row, when and from where."""
    value = outcome.outcome if isinstance(outcome.outcome, str) else repr(outcome.outcome)
    former = f", in place of {outcome.former} former" if outcome.former else ""
    return f"row {outcome.row}: {value}, {moment(outcome.known_at)} from {outcome.source}{former}"


def described_values(prediction: PredictionFacts) -> str:
    """Return in a phrase what was answered for the rows of a prediction."""
    rows = zip(prediction.predictions, prediction.labels, strict=True)
    texts = [
        "no value" if value is None else f"{value!r}" if label is None else f"{label} ({value!r})"
        for value, label in rows
    ]
    more = len(texts) - _SHOWN_ROWS
    return ", ".join(texts[:_SHOWN_ROWS]) + (f" and {more} more" if more > 0 else "")


def _prediction_lines(prediction: PredictionFacts) -> Iterator[str]:
    yield f"Prediction {prediction.prediction_id}"
    if prediction.request_id is not None:
        yield _line("request", prediction.request_id)
    yield _line("at", moment(prediction.at))
    yield _line("answer", described_values(prediction))
    entities = [entity for entity in prediction.entities if entity is not None]
    if entities:
        yield _line("entity", ", ".join(entities[:_SHOWN_ROWS]))
    if prediction.shadow_of is not None:
        yield _line("shadow of", prediction.shadow_of)
    if prediction.release is not None:
        yield _line("in release", prediction.release)
    for outcome in prediction.outcomes[:_SHOWN_ROWS]:
        yield _line("label", described_outcome(outcome))
    if not prediction.outcomes:
        yield _line("label", "none yet")
    yield _line("by version", f"{prediction.version}, model {prediction.digest}")


def _version_lines(version: VersionLineage) -> Iterator[str]:
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    yield f"Version {version.version}{aliases}"
    yield _line("digest", version.digest)
    yield _line("registered", moment(version.created_at))
    yield _line("certificate", described_certificate(version.certificate))
    for run in version.runs:
        if run.run_id:
            backend = f", pipeline run {run.pipeline_run}" if run.pipeline_run else ""
            status = run.status.lower() or "deleted"
            yield _line(f"{run.kind} run", f"{run.run_id} ({status}{backend})")
    yield from _origin_lines(version.origin)
    for release in version.releases:
        champion = f" in place of version {release.champion}" if release.champion else ""
        state = release.state.replace("_", " ")
        yield _line("release", f"{release.release}{champion}: {state}, {release.reason}")
    if not version.releases:
        yield _line("release", "never released")
    yield _line("predictions", described_use(version.use))
    yield _line("labels", described_labels(version.use))
    others = ", ".join(version.siblings) or "none"
    yield _line("of the same data", f"other versions: {others}")


def _origin_lines(origin: OriginFacts) -> Iterator[str]:
    for title, value in origin_fields(origin).items():
        yield _line(title, value)


def origin_fields(origin: OriginFacts) -> dict[str, str]:
    """Return what a version was made from, by title."""
    views = "; ".join(f"{name}: {', '.join(names)}" for name, names in origin.views.items())
    fields = {
        "training set": origin.training_set_hash,
        "holdout": origin.holdout_hash,
        "features": origin.features_hash,
        "views": views or "none",
        "derived": ", ".join(origin.derived) or "none",
        "data": origin.data_hash,
        "source": origin.source,
        "data version": origin.data_version or "not in DVC",
        "labelled rows": origin.labels_hash or "none",
        "candidate": f"{origin.candidate}, seed {origin.seed or 'unknown'}",
        "commit": origin.commit,
        "image": origin.image or "none: trained outside of an image",
        "environment": origin.environment,
    }
    return {title: value or _NOT_RECORDED for title, value in fields.items()}


def _line(title: str, text: str) -> str:
    return f"  {title:<{_WIDTH}}{text}"
