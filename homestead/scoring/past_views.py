"""The views' tables for features of past times, computed from the problem's source."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from homestead.features.feast_objects import definitions_hash
from homestead.features.source_views import compute_source_views
from homestead.problem.schema import Problem
from homestead.scoring.job import ScoringOptions


class PastViews(NamedTuple):
    """Views' tables for one job.

    Attributes:
        folder: of the tables; '' if the job reads the online store.
        digest: SHA-256 of what they are computed from; '' if there are none.
    """

    folder: str
    digest: str


@contextmanager
def past_views(problem: Problem, options: ScoringOptions) -> Iterator[PastViews]:
    """Write the views' tables, if a job needs them, to a folder that lasts as long as the block.

    Raises:
        UserError: the problem's source cannot be read, or breaks the problem's rules.
    """
    if options.features == "online" or not problem.views:
        yield PastViews("", "")
        return
    with tempfile.TemporaryDirectory(prefix="homestead-views-") as folder:
        data_hash = compute_source_views(problem, Path(folder))
        parts = f"{data_hash} {definitions_hash(problem)}"
        yield PastViews(folder, hashlib.sha256(parts.encode()).hexdigest())
