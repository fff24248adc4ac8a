"""What is known of a release's requests, from the prediction log."""

from collections.abc import Callable

import sqlalchemy as sa

from homestead.prediction_log.evidence.new_observations import observe, read_evidence
from homestead.problem.schema import Problem
from homestead.release.evidence import Evidence
from homestead.release.record import ReleaseRecord

# Reads what is new of a release, and returns all that is known of it.
EvidenceReader = Callable[[sa.Engine, Problem, ReleaseRecord], Evidence]


def read_new_evidence(engine: sa.Engine, problem: Problem, record: ReleaseRecord) -> Evidence:
    """Return all that is known of a release's requests, after a look at what is new.

    Raises:
        UserError: the database cannot be read or written.
    """
    observe(engine, record)
    return read_evidence(engine, record)
