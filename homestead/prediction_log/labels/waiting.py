"""Labels that came before their predictions: joined when these have come."""

import math
import time
from collections import Counter
from typing import Any

import sqlalchemy as sa

from homestead.prediction_log.labels.batch import BATCH, create_empty
from homestead.prediction_log.labels.join import hold_lock, join_staged
from homestead.prediction_log.labels.kinds import Verdict
from homestead.prediction_log.labels.statements import (
    FIND_ARRIVALS,
    NAMES_THAT_WAIT,
    STAGE_WAITING,
)
from homestead.prediction_log.parquet.candidates import Name, find_candidates, staged_candidates
from homestead.prediction_log.parquet.log import LogSource, database_of

_PAGE_ROWS = 20_000


class WaitingLabels:
    """Joins a problem's labels whose predictions have come, page by page, in rounds."""

    def __init__(self, source: LogSource, problem: str) -> None:
        self._source = source
        self._engine = database_of(source)
        self._problem = problem
        # The statement after which the next page begins.
        self._after = ""

    def join_page(
        self, now_s: float | None = None, before_s: float = math.inf
    ) -> tuple[Counter[Verdict], bool]:
        """Look at some of the labels that wait, of those received before a time.

        Returns:
            The verdicts on those whose prediction has come, and whether this round has more pages.

        Raises:
            SQLAlchemyError: the database cannot be read or written.
        """
        now_s = time.time() if now_s is None else now_s
        values = {
            "problem": self._problem,
            "now": now_s,
            "before": before_s,
            "after": self._after,
            "rows": _PAGE_ROWS,
        }
        names: list[Name] = []
        if not isinstance(self._source, sa.Engine):
            with self._engine.connect() as connection:
                rows = connection.execute(sa.text(NAMES_THAT_WAIT), values)
                names = [Name(*row) for row in rows]
        found = find_candidates(self._source, self._problem, names)
        with self._engine.begin() as connection, staged_candidates(connection, found):
            page = connection.execute(sa.text(FIND_ARRIVALS), values).all()
        arrived = [statement for statement, has_arrived in page if has_arrived]
        verdicts = self._join(arrived, now_s, found) if arrived else Counter()
        has_more = len(page) == _PAGE_ROWS
        self._after = max(statement for statement, _ in page) if has_more else ""
        return verdicts, has_more

    def _join(self, arrived: list[str], now_s: float, found: list[Any] | None) -> Counter[Verdict]:
        stage = sa.text(STAGE_WAITING).bindparams(sa.bindparam("arrived", expanding=True))
        with self._engine.begin() as connection:
            create_empty(connection, BATCH)
            hold_lock(connection)
            connection.execute(stage, {"arrived": arrived})
            with staged_candidates(connection, found):
                return join_staged(connection, self._problem, now_s)


def join_waiting(
    source: LogSource, problem: str, now_s: float | None = None, before_s: float | None = None
) -> Counter[Verdict]:
    """Join all labels whose predictions have come; return the verdicts on them.

    Args:
        before_s: look only at labels that were received before.

    Raises:
        SQLAlchemyError: the database cannot be read or written.
    """
    waiting, has_more = WaitingLabels(source, problem), True
    before_s = math.inf if before_s is None else before_s
    verdicts: Counter[Verdict] = Counter()
    while has_more:
        page, has_more = waiting.join_page(now_s, before_s)
        verdicts += page
    return verdicts
