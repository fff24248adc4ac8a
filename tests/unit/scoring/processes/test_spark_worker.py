"""Parts that Spark's executors score: the bytes of one machine, reruns, mistakes, past features."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.features.views import write_views
from homestead.model.onnx_model import Model
from homestead.names import EVENT_TIME
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.processes.setup import WorkerFacts, WorkerSetup, encoded_schema
from homestead.scoring.processes.spark_worker import SparkScoring
from homestead.scoring.source_rows import RowBatch, frame_of
from homestead.settings import Settings
from tests.homes import NOW, VIEWS, homes_contract
from tests.scored import score_small, small_rows
from tests.small_models import sum_onnx
from tests.spark import CLUSTER_OPTIONS, CLUSTER_SETTINGS, needs_spark

pytestmark = needs_spark


@pytest.fixture(scope="module")
def on_spark() -> Iterator[dict[str, str]]:
    """Start two executors, and yield the settings that lead to them."""
    names = {"HOMESTEAD_ENGINE": "engine", "HOMESTEAD_SPARK_MASTER": "spark_master"}
    given = {names[name]: value for name, value in CLUSTER_SETTINGS.items()}
    given["spark_options"] = CLUSTER_OPTIONS
    session = spark_session(Settings.read(**given))
    yield given
    session.stop()


def test_executors_give_the_bytes_of_one_machine_and_a_rerun_keeps_them(
    settings: Settings, on_spark: dict[str, str], tmp_path: Path
) -> None:
    there = settings.model_copy(update=on_spark)
    source = tmp_path / "rows.parquet"
    small_rows(200).to_parquet(source, index=False)
    found = {}
    for name, own in (("local", settings), ("spark", there)):
        folder = tmp_path / name
        # A job's id holds its target, so that parts are compared in their order.
        result = score_small(own, source, folder, part_rows=70, keep=("area",))
        assert (result.rows, result.refused) == (200, 28)
        found[name] = [part.read_bytes() for part in sorted(folder.glob("part-*"))]
    assert len(found["local"]) == 3
    assert found["spark"] == found["local"]
    # What is missing of a job is scored by either engine.
    lost = sorted((tmp_path / "local").glob("part-*"))[1]
    lost.unlink()
    (tmp_path / "local" / "_scoring.json").unlink()
    again = score_small(there, source, tmp_path / "local", part_rows=70, keep=("area",))
    assert (again.kept, lost.read_bytes()) == (130, found["local"][1])


def test_a_mistake_is_the_sentence_of_one_machine(
    settings: Settings, on_spark: dict[str, str], tmp_path: Path
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("id,area,area\n1,50,60\n")
    sentences = []
    for name, own in (("a", settings), ("b", settings.model_copy(update=on_spark))):
        with pytest.raises(UserError) as raised:
            score_small(own, source, tmp_path / f"{name}.parquet", workers=1)
        sentences.append(str(raised.value))
    assert sentences[0] == sentences[1]


def past_setup(folder: Path, rows: pd.DataFrame, content: bytes) -> WorkerSetup:
    """Return the setup of a job whose views' tables lie in a folder of this machine."""
    times = pd.to_datetime(["2020-01-01", "2020-01-05", "2020-01-03"])
    cells = pd.DataFrame({"cell": [475, 475, 480], EVENT_TIME: times, "near": [0.1, 0.2, np.nan]})
    homes = pd.DataFrame({"id": [7], EVENT_TIME: times[:1]})
    homes = homes.assign(**dict.fromkeys(VIEWS[1].features, 1.0) | {"area": 80.0, "lat": 47.5})
    write_views({"cells": cells, "homes": homes}, folder)
    facts = WorkerFacts(
        version="1",
        digest=Model(content).digest,
        source_format=SourceFormat().model_dump_json(),
        schema=encoded_schema(pa.Table.from_pandas(rows).schema),
        keep=(),
        views=str(folder),
        now=NOW,
        log_secret="00" * 16,
    )
    return WorkerSetup(facts, content)


def test_features_of_past_times_go_to_the_executors(
    settings: Settings, on_spark: dict[str, str], tmp_path: Path
) -> None:
    """Executors have another disk, where the views' folder does not exist."""
    rows = pd.DataFrame({"id": [7, 7, 8], "sold": pd.to_datetime(["2020-01-02"] * 3)})
    rows.loc[1, "sold"] = pd.Timestamp("2020-01-06")
    rows["floor"] = 2
    views = tmp_path / "views"
    setup = past_setup(views, rows, sum_onnx(homes_contract(), 1 / 3))
    table = pa.Table.from_pandas(rows)
    scorer = setup.scorer(settings)
    expected = scorer.score(0, 1, *frame_of(table))
    scorer.close()
    scoring = SparkScoring(setup, settings.model_copy(update=on_spark))
    assert scoring.tasks == 2
    shutil.rmtree(views)
    found, *others = [scoring.score(RowBatch(number, 1, table)) for number in (0, 0, 0, 1, 2, 3)]
    # Two processes, one in each executor, make the files and load the model with their first part.
    assert 1 <= scoring.loads <= 2
    assert all(part.table.equals(found.table) for part in others)
    assert [part.log_lines == found.log_lines for part in others] == [True] * 2 + [False] * 3
    scoring.close()
    # Another job has another model, and other views: nothing of the first one is used.
    other = past_setup(views, rows, sum_onnx(homes_contract(), 1 / 7))
    alone = other.scorer(settings)
    scoring = SparkScoring(other, settings.model_copy(update=on_spark))
    again = [scoring.score(RowBatch(0, 1, table)) for _ in range(3)]
    assert 1 <= scoring.loads <= 2
    scoring.close()
    newest = alone.score(0, 1, *frame_of(table))
    alone.close()
    assert [part.table.equals(newest.table) for part in again] == [True] * 3
    assert not newest.table.equals(found.table)
    assert expected.table["prediction"].null_count == 1
    assert found.table.equals(expected.table)
    assert (found.refused, found.log_lines) == (expected.refused, expected.log_lines)
    assert found.log_lines
