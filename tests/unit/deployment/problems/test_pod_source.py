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
    "s3://bucket/tables/",
    "https://data.example/table.csv",
    "postgresql://reader@db.example:5432/sales?query=select+1",
)
OUT_OF_REACH = (
    "/home/anna/table.csv",
    "file:///home/anna/table.csv",
    "table.csv",
    "dvc://.@v1/sales.csv",
    "dvc:///home/anna/data@v1/sales.csv",
    "dvc://file:///home/anna/data@v1/sales.csv",
    "/home/anna/tables/*.parquet",
    "sqlite:////home/anna/sales.db?query=select+1",
    "http://localhost:8000/table.csv",
    "https://127.0.0.1/table.csv",
    "postgresql://anna:secret@localhost/sales?query=select+1",
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
        UserError,
        match=r"problem churn: source: found .* is on this machine.*allowed are s3://.*https://…,"
        r" postgresql://",
    ) as refused:
        with_pod_source(at(churn, source))
    assert "homestead data push FILE" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_password_in_an_address_is_refused_and_not_shown(churn: Problem) -> None:
    source = "postgresql://reader:secret@db.example:5432/sales?query=select+1"
    with pytest.raises(
        UserError, match=r"found a password in postgresql://reader:\*\*\*@db"
    ) as found:
        with_pod_source(at(churn, source))
    assert "secret" not in str(found.value).replace("Secret", "")


def test_a_file_of_the_project_is_the_image_s_copy(
    churn: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = str(bundled_path(TABLE))
    for source in (here, f"file://{here}"):
        assert with_pod_source(at(churn, source)).source == f"/app/{TABLE}"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError):
        with_pod_source(at(churn, TABLE))
