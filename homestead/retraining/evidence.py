"""What is known when it is decided whether to train again: reports, ages, counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import Cause, CauseKind

_SECONDS_PER_DAY = 86_400
# Kinds that reports find; the names of the policy's keys and of the evidence's attributes.
REPORTED: tuple[CauseKind, ...] = ("measured_harm", "estimated_harm", "drift")


@dataclass(frozen=True)
class Finding:
    """What the newest report of a kind says of a version.

    Attributes:
        report: id of the report.
        version: registered version that the report is about.
        holds: whether it found harm, or drift; None if it was inconclusive.
        reason: what it found, as a sentence.
    """

    report: str
    version: str
    holds: bool | None
    reason: str


@dataclass(frozen=True)
class Evidence:
    """What is known of a problem at one moment.

    Attributes:
        champion: registered version of the champion; None before the first training.
        measured_harm: by labels.
        estimated_harm: without labels.
        drift: by the calibrated test.
        confirmed_at: when the champion was registered, or a training last confirmed it; seconds
            since 1970.
        new_labels: rows that were labelled since the latest training; None if that is not known.
        release: id of the release that is under way.
    """

    champion: str | None = None
    measured_harm: Finding | None = None
    estimated_harm: Finding | None = None
    drift: Finding | None = None
    confirmed_at: float | None = None
    new_labels: int | None = None
    release: str | None = None

    def finding(self, kind: CauseKind) -> Finding | None:
        """Return what the newest report says of a kind of cause; None of one without reports."""
        if kind not in REPORTED:
            return None
        found: Finding | None = getattr(self, kind)
        return found


def asks_for(policy: RetrainingPolicy, kind: CauseKind, key: str) -> bool:
    """Return whether a policy names a cause; that of a person needs no policy.

    Args:
        key: of the cause; that of an alert begins with its name.
    """
    match kind:
        case "measured_harm" | "estimated_harm" | "drift":
            return bool(getattr(policy, kind))
        case "age":
            return policy.max_age_days is not None
        case "labels":
            return policy.new_labels is not None
        case "alert":
            return key.partition("/")[0] in policy.alerts
        case "request":
            return True


def find_causes(
    evidence: Evidence, policy: RetrainingPolicy, problem: str, runs: int, now: float
) -> Iterator[Cause]:
    """Yield the causes that the evidence holds now, of the kinds that the policy names.

    Args:
        runs: number of retraining runs so far: an old model is a new cause after each of them.
        now: seconds since 1970.
    """
    for kind in REPORTED:
        found = evidence.finding(kind)
        if found is None or not found.holds or not asks_for(policy, kind, found.report):
            continue
        # What a report says of an earlier champion is over.
        if found.version == evidence.champion:
            yield Cause.of(problem, kind, found.report, found.reason, now, found.version)
    version, since = evidence.champion, evidence.confirmed_at
    if version is None or since is None:
        return
    age_days = (now - since) / _SECONDS_PER_DAY
    if policy.max_age_days is not None and age_days >= policy.max_age_days:
        yield Cause.of(
            problem,
            "age",
            f"{version}@{since:.0f}+{runs}",
            f"version {version} was registered or last confirmed {age_days:.1f} days ago; allowed"
            f" are {policy.max_age_days:g}",
            now,
            version,
        )
    labels = evidence.new_labels or 0
    if policy.new_labels is not None and labels >= policy.new_labels:
        yield Cause.of(
            problem,
            "labels",
            f"{since:.0f}+{runs}",
            f"{labels:,} rows were labelled since the latest training; asked for are"
            f" {policy.new_labels:,}",
            now,
            version,
        )
