"""Scoring with the champion of a registry: by the command, by the pipeline, on an object store."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import s3fs

from homestead.api.frame_rows import frame_rows
from homestead.pipelines.compile import COMPILED_SCORING, for_this_machine
from tests.components import TrainedHome
from tests.conftest import CHURN
from tests.s3_gateway import Gateway, s3_gateway
from tests.scored import churn_rows, score_churn
from tests.serving import Server, World

ROWS = 1000


@dataclass(frozen=True)
class Scored:
    """Rows, and what the command wrote of them.

    Attributes:
        database: address of the home's database, of which other tests see nothing.
        problem: path of the problem file.
        source: of the rows, Parquet.
        target: of the answers, Parquet.
    """

    home: TrainedHome
    database: str
    problem: Path
    source: Path
    target: Path

    def command(self, source: str, target: str, *options: str, **environment: str) -> str:
        """Run ``homestead score`` as a person does, and return its output."""
        with self.home.environment():
            run = subprocess.run(
                [
                    *(sys.executable, "-m", "homestead", "score", source, target),
                    *("--problem", str(self.problem), *options),
                ],
                env={**os.environ, "HOMESTEAD_DATABASE_URL": self.database, **environment},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def scored(trained_home: TrainedHome, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    folder = tmp_path_factory.mktemp("scored")
    problem = folder / "churn.yaml"
    problem.write_text(trained_home.problem)
    database = trained_home.database_copy(folder)
    source, target = folder / "rows.parquet", folder / "scores.parquet"
    result = Scored(trained_home, database, problem, source, target)
    churn_rows(ROWS).to_parquet(result.source, index=False)
    result.command(str(result.source), str(result.target))
    return result


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with s3_gateway(tmp_path_factory.mktemp("s3") / "data") as running:
        yield running


def test_the_champion_of_the_registry_answers_as_its_server_does(scored: Scored) -> None:
    scores = pd.read_parquet(scored.target)
    assert len(scores) == ROWS
    is_answered = scores.refusal.isna()
    assert ROWS / 2 < is_answered.sum() < ROWS
    answered = pd.read_parquet(scored.source)[is_answered]
    rows = [
        {n: v for n, v in row.items() if v is not None or n == "satisfaction"}
        for row in frame_rows(answered, set(answered.columns))
    ]
    server = Server(scored.home.home, HOMESTEAD_DATABASE_URL=scored.database)
    try:
        answer = httpx.post(f"{server.url}/predict", json=rows, timeout=60).json()
    finally:
        server.stop()
    assert answer["digest"] == scores.digest[0]
    found = scores[is_answered]
    assert found.prediction.tolist() == [each["prediction"] for each in answer["predictions"]]
    assert found.probability_left.tolist() == [
        each["probabilities"]["left"] for each in answer["predictions"]
    ]


def test_the_compiled_pipeline_writes_what_the_command_does(scored: Scored, tmp_path: Path) -> None:
    from kfp import components, local

    target = tmp_path / "scores.parquet"
    with scored.home.environment(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="kfp.local")
        warnings.filterwarnings("ignore", message=".*have no effect in the current local runner")
        local.init(
            local.SubprocessRunner(use_venv=False),
            pipeline_root=str(tmp_path / "artifacts"),
            raise_on_error=True,
        )
        compiled = for_this_machine(COMPILED_SCORING.read_text(encoding="utf-8"), "scoring-1")
        components.load_component_from_text(compiled)(
            problem=str(scored.problem), source=str(scored.source), target=str(target)
        )
    assert target.read_bytes() == scored.target.read_bytes()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_object_store_is_source_and_target(
    scored: Scored, gateway: Gateway, tmp_path: Path, kind: str
) -> None:
    rows = pd.read_parquet(scored.source)
    source = tmp_path / f"rows.{kind}"
    if kind == "parquet":
        rows.to_parquet(source, index=False)
    else:
        rows.to_csv(source, index=False)
    account = gateway.environment()
    _files(gateway).put_file(str(source), f"homestead/rows/{kind}/rows.{kind}")
    target = f"s3://homestead/scores/{kind}.parquet"
    scored.command(f"s3://homestead/rows/{kind}/", target, **account)
    left = gateway.objects("scores")
    assert [name for name in left if f"/{kind}." in name] == [f"scores/{kind}.parquet"]
    found = tmp_path / "found.parquet"
    found.write_bytes(left[f"scores/{kind}.parquet"])
    columns = ["row", "customer", "digest", "reason"]
    expected = pd.read_parquet(scored.target)
    if kind == "parquet":
        assert found.read_bytes() == scored.target.read_bytes()
        columns += ["prediction", "probability_left", "refusal"]
    scores = pd.read_parquet(found)
    pd.testing.assert_frame_equal(scores[columns], expected[columns], check_exact=True)


def test_past_rows_as_lines_of_json_go_through_an_object_store_and_into_its_log(
    scored: Scored, gateway: Gateway, tmp_path: Path
) -> None:
    rows = pd.read_parquet(scored.source).head(200)
    source = tmp_path / "rows.jsonl"
    source.write_text(
        "".join(
            f"{json.dumps({n: v for n, v in row.items() if v is not None})}\n"
            for row in frame_rows(rows, set(rows.columns))
        )
    )
    account = gateway.environment()
    _files(gateway).put_file(str(source), "homestead/past/rows.jsonl")
    past = ("--features", "point-in-time")
    expected = tmp_path / "expected.jsonl"
    scored.command(str(source), str(expected), *past)
    target = "s3://homestead/past/scores.jsonl"
    log = "s3://homestead/log"
    own = tmp_path / "homestead.db"
    account["HOMESTEAD_DATABASE_URL"] = scored.home.database_copy(tmp_path)
    said = scored.command(
        "s3://homestead/past/rows.jsonl", target, *past, "--log", HOMESTEAD_LOG_URI=log, **account
    )
    left = gateway.objects()
    assert left["past/scores.jsonl"] == expected.read_bytes(), said
    assert sorted(name for name in left if name.startswith("past/")) == [
        *("past/rows.jsonl", "past/scores.jsonl")
    ]
    answers = [json.loads(line) for line in expected.read_text().splitlines()]
    answered = [answer for answer in answers if answer["refusal"] is None]
    assert 0 < len(answered) < len(answers) == 200
    logged = _logged(left)
    assert sorted(zip(logged.entity, logged.label, logged.prediction, strict=True)) == sorted(
        (str(row["customer"]), row["prediction"], row[f"probability_{row['prediction']}"])
        for row in answered
    )
    # Rows that lie in files are in no database: its copy would hold them, the shared one refuses.
    with sqlite3.connect(own) as database:
        assert database.execute("SELECT count(*) FROM predictions").fetchone() == (0,)


KILLED = """
import os, signal, sys
from pathlib import Path
from homestead.scoring.parts import store
from tests.scored import score_churn

home, model, source, target, method, number = sys.argv[1:]
left, original = int(number), getattr(store.RemoteParts, method)

def counted(self, *arguments):
    global left
    left -= 1
    original(self, *arguments)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

setattr(store.RemoteParts, method, counted)
result = score_churn(Path(home), Path(model), Path(source), target, part_rows=100, workers=1,
                     is_logged=True)
print(result.kept)
"""


def test_a_job_that_was_killed_on_an_object_store_is_resumed(
    world: World, gateway: Gateway, tmp_path: Path
) -> None:
    model, source = Path(world.models["forest"].uri), tmp_path / "rows.parquet"
    churn_rows(430, seed=3).to_parquet(source, index=False)
    whole, target = tmp_path / "whole.parquet", "s3://homestead/killed/scores.parquet"
    score_churn(world.settings.home, model, source, whole, part_rows=100, workers=1)
    environment = {
        **os.environ,
        **gateway.environment(),
        "HOMESTEAD_LOG_URI": "s3://homestead/killed-log",
        "PYTHONPATH": str(CHURN.parent.parent.parent),
    }
    points = (
        ("write", "2"),  # log lines of a part that does not follow
        ("delete", "1"),  # the first part's rows are in the log, the file of its lines is gone
        ("write", "100"),  # no kill
    )
    ended = []
    for point in points:
        command = [sys.executable, "-c", KILLED, str(world.settings.home), str(model)]
        run = subprocess.run(
            [*command, str(source), target, *point],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        ended.append(run.returncode)
    assert ended == [-signal.SIGKILL, -signal.SIGKILL, 0], run.stderr
    assert run.stdout.split()[-1] == "100"
    scores = gateway.objects("killed")
    assert list(scores) == ["killed/scores.parquet"]
    assert scores["killed/scores.parquet"] == whole.read_bytes()
    table = pd.read_parquet(whole)
    logged = _logged(gateway.objects("killed-log"))
    assert len(logged) == int(table.refusal.isna().sum())
    assert not logged.duplicated(["prediction_id", "row"]).any()


def _logged(objects: dict[str, bytes]) -> pd.DataFrame:
    """Return the rows of a log in a bucket."""
    names = [name for name in objects if "/predictions/problem=" in f"/{name}"]
    tables = [pq.read_table(pa.BufferReader(objects[name])) for name in names]
    rows: pd.DataFrame = pa.concat_tables(tables, promote_options="default").to_pandas()
    return rows


def _files(gateway: Gateway) -> s3fs.S3FileSystem:
    account = gateway.environment()
    return s3fs.S3FileSystem(
        endpoint_url=gateway.address,
        key=account["AWS_ACCESS_KEY_ID"],
        secret=account["AWS_SECRET_ACCESS_KEY"],
        skip_instance_cache=True,
    )
