"""View models: released versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CertificateState:
    """Whether a version's certificate was verified just now.

    Attributes:
        state: ``verified``; ``refused``: it is none that may serve; ``unknown``: unreadable.
        text: the certificate's reason, or why it was refused.
        keys: short ids of the trusted keys that signed it.
    """

    state: Literal["verified", "refused", "unknown"]
    text: str
    keys: Sequence[str] = ()


@dataclass(frozen=True)
class MetricFigure:
    """A metric on the holdout, by the certificate."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    champion: float | None = None


@dataclass(frozen=True)
class VersionView:
    """A registered version.

    Attributes:
        role: champion or challenger.
        traffic_share: share of the subjects that it answers by the release plan; None if unknown.
        created: seconds since 1970.
        metrics: of a verified certificate.
    """

    role: str
    version: str
    digest: str
    created: float | None
    traffic_share: float | None
    certificate: CertificateState
    metrics: Sequence[MetricFigure] = ()


@dataclass(frozen=True)
class ModelsView:
    """The versions that answer requests; without a challenger the champion answers all."""

    champion: VersionView
    challenger: VersionView | None
