"""Why a label counts for no prediction."""

from enum import StrEnum


class Misfit(StrEnum):
    """Why a label is in quarantine; the first of these may still be joined."""

    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    NO_SUCH_ROW = "no_such_row"
    FARTHER = "farther"
    CONTRADICTION = "contradiction"
    BAD_VALUE = "bad_value"
    BAD_NAME = "bad_name"


UNMATCHED = Misfit.UNMATCHED.value
