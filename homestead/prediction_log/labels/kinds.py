"""What becomes of a label, and why one counts for no prediction."""

from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a label."""

    # They count from now on: for a row without a label, in place of an earlier value, or in place
    # of a label whose time is farther from the prediction's.
    JOINED = "joined"
    CORRECTED = "corrected"
    NEARER = "nearer"
    # They change nothing: said before; or a later value is known, and they are history.
    REPEATED = "repeated"
    OUTDATED = "outdated"
    # They wait for their prediction.
    UNMATCHED = "unmatched"
    FARTHER = "farther"
    # They never count.
    AMBIGUOUS = "ambiguous"
    AMBIGUOUS_ROW = "ambiguous_row"
    NO_SUCH_ROW = "no_such_row"
    CONTRADICTION = "contradiction"
    BAD_VALUE = "bad_value"
    BAD_NAME = "bad_name"

    @property
    def counts(self) -> bool:
        """Whether the label is its prediction's from now on."""
        return self in _COUNTING

    @property
    def waits(self) -> bool:
        """Whether the label is kept for a prediction to come."""
        return self in _WAITING

    @property
    def is_quarantined(self) -> bool:
        """Whether the label is kept aside for good."""
        return self in REASONS and not self.waits


_COUNTING = {Verdict.JOINED, Verdict.CORRECTED, Verdict.NEARER}
_WAITING = {Verdict.UNMATCHED, Verdict.FARTHER}
# Of labels that are put aside. What is wrong with a value or a name is said where it is found.
REASONS = {
    Verdict.UNMATCHED: "no prediction in the log matches it",
    Verdict.FARTHER: "a label of a nearer time counts for the nearest prediction",
    Verdict.AMBIGUOUS: "several predictions have this request id; name one by prediction_id",
    Verdict.AMBIGUOUS_ROW: "the prediction has several rows; name one under 'row', from 0",
    Verdict.NO_SUCH_ROW: "the prediction has fewer rows",
    Verdict.CONTRADICTION: "feedback said something else before, or a label does",
    Verdict.BAD_VALUE: "",
    Verdict.BAD_NAME: "",
}
