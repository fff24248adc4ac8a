"""What a worker has to know before its first part."""

import base64
from pathlib import Path

import msgspec
import pyarrow as pa

from homestead.model.onnx_model import Model, load_model
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.stored_features import OnlineFeatures, PastFeatures, StoredFeatures
from homestead.scoring.result import ResultColumns
from homestead.scoring.scorer import LogIdentity, Scorer
from homestead.settings import Settings


class WorkerFacts(msgspec.Struct, frozen=True):
    """A job as its workers get it.

    Attributes:
        version, digest: of the model, whose bytes follow.
        source_format: as JSON.
        schema: of the source's rows, in Arrow's form and base64.
        keep: see :class:`homestead.scoring.job.ScoringOptions`.
        views: folder of the views' tables; '' for the online store.
        now: of the job, seconds since 1970.
        log_secret: see :class:`homestead.scoring.scorer.LogIdentity`; '' without a log.
    """

    version: str
    digest: str
    source_format: str
    schema: str
    keep: tuple[str, ...]
    views: str
    now: float
    log_secret: str


class WorkerSetup:
    """Makes scorers, in this process or in others."""

    def __init__(self, facts: WorkerFacts, model: bytes) -> None:
        """Take a job's facts, and the bytes of its model."""
        self.facts = facts
        self._model = model

    def frames(self) -> tuple[bytes, ...]:
        """Return the byte strings that another process makes the same setup from."""
        return msgspec.json.encode(self.facts), self._model

    @classmethod
    def of_frames(cls, facts: bytes, model: bytes) -> "WorkerSetup":
        """Return the setup of :meth:`frames`."""
        return cls(msgspec.json.decode(facts, type=WorkerFacts), model)

    def columns(self, model: Model) -> ResultColumns:
        """Return the columns of the job's results."""
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(self.facts.schema)))
        return ResultColumns(
            model.contract, self.facts.digest, self.facts.version, schema, self.facts.keep
        )

    def scorer(self, settings: Settings) -> Scorer:
        """Return a scorer.

        Raises:
            UserError: see :class:`homestead.scoring.scorer.Scorer`.
        """
        facts = self.facts
        model = load_model(self._model, facts.digest, "the model")
        stored: StoredFeatures
        if facts.views:
            stored = PastFeatures(model.contract, Path(facts.views))
        else:
            stored = OnlineFeatures(model.contract, settings)
        return Scorer(
            model,
            facts.version,
            stored,
            SourceFormat.model_validate_json(facts.source_format),
            self.columns(model),
            facts.now,
            LogIdentity(facts.log_secret, facts.now) if facts.log_secret else None,
            settings.log_key,
        )


def encoded_schema(schema: pa.Schema) -> str:
    """Return a schema as :class:`WorkerFacts` holds it."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()
