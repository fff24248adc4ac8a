"""What scoring processes know of a job."""

import pyarrow as pa
import pytest

from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.processes.setup import WorkerFacts, WorkerSetup, encoded_schema
from homestead.settings import Settings
from tests.small_models import small_onnx


def test_another_process_makes_the_same_scorer(settings: Settings) -> None:
    content = small_onnx()
    model = Model(content)
    schema = pa.schema({"id": pa.int64(), "note": pa.string()})
    facts = WorkerFacts(
        version="3",
        digest=model.digest,
        source_format=SourceFormat(decimal=",").model_dump_json(),
        schema=encoded_schema(schema),
        keep=("note",),
        views="",
        now=1.5,
        log_secret="",
    )
    there = WorkerSetup.of_frames(*WorkerSetup(facts, content).frames())
    assert there.facts == facts
    assert there.columns(model).schema.names[:3] == ["row", "id", "note"]
    there.scorer(settings).close()
    with pytest.raises(UserError, match=r"^the model: found digest "):
        WorkerSetup(facts, small_onnx(2.0)).scorer(settings)
