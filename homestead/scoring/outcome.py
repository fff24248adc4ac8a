"""What scores, how far it is, and what it has made."""

from dataclasses import dataclass
from typing import NamedTuple


class ScoredModel(NamedTuple):
    """The model that scores.

    Attributes:
        content: the bytes of its file.
    """

    version: str
    content: bytes


class Progress(NamedTuple):
    """How far a job is.

    Attributes:
        rows: rows that are scored and committed, those of earlier runs included.
        total: rows of the source.
        refused: rows among them without a prediction.
        kept: rows among them that an earlier run had committed.
    """

    rows: int
    total: int
    refused: int
    kept: int


@dataclass(frozen=True)
class ScoringResult:
    """What a job has made.

    Attributes:
        target: path or URI of the file or folder.
        rows: rows of the result, as many as the source has.
        refused: rows among them that have a reason in place of a prediction.
        kept: rows among them that an earlier run had scored.
        version, digest: of the model.
        seconds: of this run.
    """

    target: str
    rows: int
    refused: int
    kept: int
    version: str
    digest: str
    seconds: float
