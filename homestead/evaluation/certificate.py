"""The promotion certificate: what was compared, on which rows, and what was decided."""

import json
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from homestead.errors import UserError

SCHEMA_VERSION: Final = 1
Decision = Literal["promote", "keep"]


class _CertificatePart(BaseModel):
    # Unknown keys are ignored, so that a certificate of a later minor version can be read.
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Estimate(_CertificatePart):
    """A metric's value on the holdout, with its bootstrap interval."""

    value: float
    low: float
    high: float


class ScoredModel(_CertificatePart):
    """A model and its metrics on the holdout.

    Attributes:
        digest: SHA-256 of the ONNX file, in hex.
        version: the registered version; None for a model that is not registered yet.
        metrics: by name; the problem's own metric first.
    """

    digest: str
    version: str | None = None
    metrics: dict[str, Estimate]


class Holdout(_CertificatePart):
    """The rows that both models were scored on.

    Attributes:
        hash: SHA-256 of the rows' values, in hex.
        first, last: the earliest and the latest time stamp, as text.
    """

    hash: str
    rows: int
    first: str = Field(alias="from")
    last: str = Field(alias="to")


class Comparison(_CertificatePart):
    """Difference of the problem's metric, winner less champion, with its paired interval."""

    metric: str
    difference: float
    low: float
    high: float


class SliceResult(_CertificatePart):
    """The problem's metric on one part of the holdout.

    Attributes:
        worse_by: how much worse the winner is there, relative to the champion.
        judged: whether the slice has enough rows to count.
    """

    column: str
    value: str
    rows: int
    winner: float
    champion: float | None
    worse_by: float | None
    judged: bool
    ok: bool


class LimitResult(_CertificatePart):
    """A metric of the winner beside the gate's absolute limit."""

    metric: str
    limit: float
    value: float
    ok: bool


class Certificate(_CertificatePart):
    """A decision for or against promotion, with all that it rests on.

    Attributes:
        baseline: metrics of the baseline prediction, by name.
        comparison: None where there is no champion that can be scored.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    decision: Decision
    reason: str
    winner: ScoredModel
    champion: ScoredModel | None
    baseline: dict[str, float] | None
    holdout: Holdout
    data_hash: str
    commit: str
    comparison: Comparison | None
    slices: tuple[SliceResult, ...]
    limits: tuple[LimitResult, ...]

    @classmethod
    def from_json(cls, text: str, origin: str) -> Self:
        """Read a certificate.

        Raises:
            UserError: not JSON, another schema version, or a key is missing or wrong; the message
                names ``origin``, what was found and what is allowed.
        """
        try:
            raw: Any = json.loads(text)
        except ValueError as error:
            raise UserError(f"{origin}: not JSON: {error}") from None
        found = raw.get("schema_version") if isinstance(raw, dict) else None
        if found != SCHEMA_VERSION:
            raise UserError(
                f"{origin}: found a certificate of schema version {found!r},"
                f" allowed is {SCHEMA_VERSION}"
            )
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise UserError(f"{origin}: {key}: {first['msg']}") from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a certificate file.

        Raises:
            UserError: as :meth:`from_json`, or there is no such file.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"), str(path))
        except FileNotFoundError:
            raise UserError(f"{path}: no such certificate") from None

    def to_json(self) -> str:
        """Return the certificate as JSON text; equal certificates give equal text."""
        content = self.model_dump(mode="json", by_alias=True)
        # Only a champion has a version.
        del content["winner"]["version"]
        return json.dumps(content, indent=2, sort_keys=True) + "\n"

    def require_promotion_of(self, digest: str) -> None:
        """Refuse to register or release another model than the certified one.

        Args:
            digest: SHA-256 of the model's file, in hex.

        Raises:
            UserError: the certificate is of another model, or does not say 'promote'.
        """
        if self.winner.digest != digest:
            raise UserError(
                f"model {digest[:12]}: the certificate is of model {self.winner.digest[:12]}"
            )
        if self.decision != "promote":
            raise UserError(f"model {digest[:12]}: the certificate says {self.decision!r}")
