"""What to score: what a command or a pipeline names, else what the problem file does."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.scoring.champion import read_champion
from homestead.scoring.job import ScoringOptions
from homestead.scoring.outcome import Progress, ScoringResult
from homestead.scoring.run import score_table
from homestead.settings import Settings


class ScoringWishes(NamedTuple):
    """A source, a target and options."""

    source: str
    target: str
    options: ScoringOptions


def scoring_wishes(
    problem: Problem, source: str | None, target: str | None, given: Mapping[str, Any]
) -> ScoringWishes:
    """Return what to score.

    Args:
        source, target: both, or None for those of the problem's key ``scoring``.
        given: fields of :class:`homestead.scoring.job.ScoringOptions`, None for those of the
            problem's key, or the defaults.

    Raises:
        UserError: neither the caller nor the problem names a source.
    """
    declared = problem.scoring
    chosen: dict[str, Any] = {}
    if source is None or target is None:
        if declared is None:
            raise UserError(
                f"{problem.name}: found neither SOURCE and TARGET nor the key 'scoring' in the"
                " problem file, allowed is either"
            )
        source, target = declared.source, declared.target
        chosen = {
            "features": declared.features,
            "is_logged": declared.log,
            "keep": declared.keep,
        }
    chosen |= {name: value for name, value in given.items() if value is not None}
    return ScoringWishes(source, target, ScoringOptions(**chosen))


def score_as_wished(
    problem: Problem,
    settings: Settings,
    source: str | None,
    target: str | None,
    given: Mapping[str, Any],
    report: Callable[[Progress], None] = lambda progress: None,
) -> ScoringResult:
    """Score a table with the problem's champion.

    Args:
        source, target, given: as of :func:`scoring_wishes`.
        report: see :func:`homestead.scoring.run.score_table`.

    Raises:
        UserError: see :func:`scoring_wishes`, :func:`.champion.read_champion` and
            :func:`.run.score_table`.
    """
    wishes = scoring_wishes(problem, source, target, given)
    champion = read_champion(settings, problem.name)
    return score_table(
        problem, settings, champion, wishes.source, wishes.target, wishes.options, report
    )


def progress_line(progress: Progress) -> str:
    """Return how far a job is, as commands and steps say it."""
    kept = f", {progress.kept:,} of them by an earlier run" if progress.kept else ""
    refused = f", {progress.refused:,} refused" if progress.refused else ""
    return f"{progress.rows:,} of {progress.total:,} rows scored{refused}{kept}"
