"""What the parts of a certificate have in common, and its holdout."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# Certificates of earlier versions lack the key and are written again unchanged.
OMITTED_IF_EMPTY: Any = Field("", exclude_if=lambda text: not text)


class CertificatePart(BaseModel):
    """Base of all parts: immutable, and read whatever keys a later version adds."""

    # Unknown keys are ignored, so that a certificate of a later minor version can be read.
    # NaN and infinity are no JSON: what has no value is None, and says why.
    model_config = ConfigDict(frozen=True, populate_by_name=True, allow_inf_nan=False)


class Holdout(CertificatePart):
    """The rows that both models were scored on.

    Attributes:
        hash: SHA-256 of the rows' values, in hex.
        first, last: the earliest and the latest time stamp, as text; empty without time stamps.
        chosen: how the rows were chosen; empty if they are the newest ones.
    """

    hash: str
    rows: int
    first: str = Field("", alias="from", exclude_if=lambda text: not text)
    last: str = Field("", alias="to", exclude_if=lambda text: not text)
    chosen: str = OMITTED_IF_EMPTY

    @property
    def description(self) -> str:
        """How the rows were chosen, and their times: "from 2015-04-01 to 2015-05-27"."""
        span = f"from {self.first} to {self.last}".replace(" 00:00:00", "") if self.first else ""
        return ", ".join(filter(None, [self.chosen and f"chosen {self.chosen}", span]))
