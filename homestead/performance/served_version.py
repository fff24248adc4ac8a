"""A model version that answered, with all that its performance is judged by."""

from dataclasses import dataclass

from homestead.evaluation.certificate import Certificate
from homestead.model.performance_model import PerformanceModel
from homestead.performance.measured import promised_figures
from homestead.performance.report import Figure
from homestead.performance.served_rows import ServedRows
from homestead.problem.contract import Contract


@dataclass(frozen=True)
class ServedVersion:
    """What is known of a version that answered in the window.

    Attributes:
        predictions: how many rows it answered.
        answered: those rows, or a sample of them.
        labelled: those whose outcome is known, or a sample of them.
        certificate: None if it cannot be read.
        learnt: from its training; None if it has nothing to estimate with.
    """

    version: str
    digest: str
    contract: Contract
    predictions: int
    answered: ServedRows
    labelled: ServedRows
    certificate: Certificate | None = None
    learnt: PerformanceModel | None = None

    @property
    def promised(self) -> dict[str, Figure]:
        """What the certificate promises, by metric."""
        return {} if self.certificate is None else promised_figures(self.certificate)
