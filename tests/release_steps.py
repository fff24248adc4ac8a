"""Records and analyses of releases, for tests of what becomes of them."""

from typing import Any

from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.result import Analysis, Verdict
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import decide
from tests.factories import release_record

MINUTE, HOUR = 60.0, 3600.0
START = release_record().started_at


def analysis(verdict: Verdict = "go_on", requests: int = 1000) -> Analysis:
    return Analysis(
        verdict=verdict,
        reason="the figures",
        error_level=0.01,
        challenger_requests=requests,
        champion_requests=requests,
    )


def record(policy: dict[str, Any] | None = None, **changes: Any) -> ReleaseRecord:
    return release_record(policy=ReleasePolicy(**(policy or {})), **changes)


def decided(of: ReleaseRecord, found: Analysis, at: float) -> ReleaseRecord:
    changed = decide(of, found, at)
    assert changed is not None
    return changed
