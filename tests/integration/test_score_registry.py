"""Scoring with the champion of a registry: by the command, by the pipeline, on an object store."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd
import pytest
import s3fs

from homestead.api.frame_rows import frame_rows
from homestead.pipelines.compile import COMPILED_SCORING, for_this_machine
from tests.components import TrainedHome
from tests.s3_gateway import Gateway, s3_gateway
from tests.scored import churn_rows
from tests.serving import Server

ROWS = 1000


@dataclass(frozen=True)
class Scored:
    """Rows, and what the command wrote of them.

    Attributes:
        problem: path of the problem file.
        source: of the rows, Parquet.
        target: of the answers, Parquet.
    """

    home: TrainedHome
    problem: Path
    source: Path
    target: Path

    def command(self, source: str, target: str, **environment: str) -> str:
        """Run ``homestead score`` as a person does, and return its output."""
        with self.home.environment():
            run = subprocess.run(
                [
                    *(sys.executable, "-m", "homestead", "score", source, target),
                    *("--problem", str(self.problem)),
                ],
                env={**os.environ, **environment},
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
    result = Scored(trained_home, problem, folder / "rows.parquet", folder / "scores.parquet")
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
    server = Server(scored.home.home)
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
    files = s3fs.S3FileSystem(
        endpoint_url=gateway.address,
        key=account["AWS_ACCESS_KEY_ID"],
        secret=account["AWS_SECRET_ACCESS_KEY"],
        skip_instance_cache=True,
    )
    files.put_file(str(source), f"homestead/rows/{kind}/rows.{kind}")
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
