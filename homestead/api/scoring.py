"""Batch scoring from Python: one call for what ``homestead score`` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

from homestead.api.locations import problem_of, settings_of
from homestead.scoring.outcome import ScoringResult
from homestead.scoring.wishes import progress_line, score_as_wished

if TYPE_CHECKING:
    from homestead.api.locations import ProblemLike


def score(
    problem: ProblemLike,
    source: str | os.PathLike[str] | None = None,
    target: str | os.PathLike[str] | None = None,
    *,
    home: str | os.PathLike[str] | None = None,
    features: Literal["online", "point-in-time"] | None = None,
    log: bool | None = None,
    keep: Collection[str] = (),
    workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> ScoringResult:
    """Score the rows of a table with the champion, and write the answers to a file or a folder.

    Each row gets the answer of a server, bit by bit, or the reason why it has none. A call with the
    same arguments goes on where one that was killed has ended.

    Args:
        problem: a problem, a draft, the path of a problem file, or the name of one in
            ``problems/``, such as ``"house_price"``.
        source: path or URI of a Parquet, CSV or JSON lines file, or of a folder of them.
        target: a file ending in ``.parquet``, ``.csv`` or ``.jsonl``, or a folder. Without source
            and target they are those of the problem's key ``scoring``.
        home: folder of the local state; by default ``HOMESTEAD_HOME``, or ``.homestead``.
        features: stored features that a row lacks: the newest of the online store, the default, or
            those that were known at the row's time.
        log: whether the prediction log gets the rows.
        keep: columns of the source that the result holds beside key and timestamp.
        workers: processes; by default one for each CPU. The result does not depend on it.
        progress: takes each line of progress.

    Returns:
        Target, rows, refused rows, version and digest.

    Raises:
        NoChampionError: nothing was promoted yet.
        UserError: the source cannot be read or the target not be written, or the feature store
            cannot be read. What was scored is kept.

    Example:
        >>> homestead.score("house_price", "sales.parquet", "scores.parquet").refused
        0
    """
    given = {
        "features": features,
        "is_logged": log,
        "keep": tuple(keep) or None,
        "workers": workers,
    }
    return score_as_wished(
        problem_of(problem),
        settings_of(home),
        None if source is None else os.fspath(source),
        None if target is None else os.fspath(target),
        given,
        lambda found: progress(progress_line(found)),
    )
