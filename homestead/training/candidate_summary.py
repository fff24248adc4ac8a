"""Summary of a trained candidate, as one pipeline step hands it to the next."""

from typing import Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from homestead.errors import UserError, first_fault

SCHEMA_VERSION: Final = 1


class TrialFigure(NamedTuple):
    """A trial's metric, None without a value, and when it was given up, '' if it was not."""

    value: float | None
    pruned: str = ""


class OneProcessFigure(NamedTuple):
    """The metric of a distributed candidate's parameters fitted by one process.

    Attributes:
        value: None without one.
        skipped: why there is none, if it was not fitted.
    """

    value: float | None
    skipped: str = ""


class CandidateSummary(BaseModel):
    """What later steps need of a candidate.

    Attributes:
        run_id: its run in MLflow.
        model_id: its logged model in MLflow.
        uri: path or URI of its ``model.onnx``.
        digest: SHA-256 of that file, in hex.
        validation: metrics on the validation rows, by name; None for one that has no value.
        undefined: why a metric has no value, by name.
        params: its parameters as text, by name.
        trials: the problem's metric of each trial of its search, in the order of their numbers.
        workers: how many of Spark's tasks fitted it together; None if one process did.
        one_process: of a candidate with workers, the problem's metric of one process.
    """

    # NaN and infinity are no JSON.
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    run_id: str
    model_id: str
    uri: str
    digest: str
    validation: dict[str, float | None]
    undefined: dict[str, str] = {}
    params: dict[str, str]
    trials: list[TrialFigure] = []
    workers: int | None = None
    one_process: OneProcessFigure | None = None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a summary.

        Raises:
            UserError: a key is missing or wrong, or the schema version is another.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise UserError(f"candidate summary: {first_fault(error)}") from None

    def to_json(self) -> str:
        """Return the summary as JSON text."""
        return self.model_dump_json()


class SelectedCandidate(CandidateSummary):
    """The candidate with the best validation metric.

    Attributes:
        all_candidates: the problem's metric on the validation rows, by candidate; None for one
            without a value.
        all_params: the parameters of each candidate as text, by candidate and name.
        all_trials: the trials of each candidate, by candidate.
        all_workers: number of workers of the candidates that have some.
        all_one_process: what one process scores, of these candidates.
    """

    all_candidates: dict[str, float | None]
    all_params: dict[str, dict[str, str]] = {}
    all_trials: dict[str, list[TrialFigure]] = {}
    all_workers: dict[str, int] = {}
    all_one_process: dict[str, OneProcessFigure] = {}
