"""Sources that a pod can read, and those that it cannot."""

from pathlib import Path

import pytest

from homestead.bundled import bundled_path
from homestead.deployment.problems.pod_source import with_pod_source
from homestead.errors import UserError
from homestead.problem.schema import Problem

REACHABLE = (
    "s3://bucket/table.parquet",
    "gs://bucket/table.csv",
    "dvc://https://git.example/team/data.git@v1/sales.csv",
    "dvc://git@git.example:team/data.git@v1/sales.csv",
    "/app/data/another.parquet",
)
OUT_OF_REACH = (
    "/home/anna/table.csv",
    "file:///home/anna/table.csv",
    "table.csv",
    "dvc://.@v1/sales.csv",
    "dvc:///home/anna/data@v1/sales.csv",
    "dvc://file:///home/anna/data@v1/sales.csv",
)
TABLE = "data/king_county_house_sales.parquet"


def at(problem: Problem, source: str) -> Problem:
    return problem.model_copy(update={"source": source})


@pytest.mark.parametrize("source", REACHABLE)
def test_a_source_that_a_pod_can_read_stays_as_it_is(churn: Problem, source: str) -> None:
    assert with_pod_source(at(churn, source)).source == source


@pytest.mark.parametrize("source", OUT_OF_REACH)
def test_a_source_of_this_machine_is_refused_with_the_way_out(churn: Problem, source: str) -> None:
    with pytest.raises(
        UserError, match=r"problem churn: source: found .* is on this machine.*allowed are s3://"
    ):
        with_pod_source(at(churn, source))


def test_a_file_of_the_project_is_the_image_s_copy(
    churn: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = str(bundled_path(TABLE))
    for source in (here, f"file://{here}"):
        assert with_pod_source(at(churn, source)).source == f"/app/{TABLE}"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError):
        with_pod_source(at(churn, TABLE))
