"""View models: the prediction log and its spool."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LogView:
    """How much is logged.

    Attributes:
        rows: logged predictions of the problem, or ``counted_to`` if there are more.
        counted_to: rows beyond this are not counted.
        newest: time of the newest, seconds since 1970; None without any.
        database_bytes: size of the sqlite file with everything in it; None for another database.
        spool_bytes: size of what servers on this machine have written and not shipped yet; space
            that a server has allocated in advance is not counted.
        hours: number of hours with predictions, the newest, whose rows are counted; None for all.
    """

    rows: int
    counted_to: int
    newest: float | None
    database_bytes: int | None
    spool_bytes: int
    hours: int | None = None
