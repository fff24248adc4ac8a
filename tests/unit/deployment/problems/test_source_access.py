"""Sources outside of the stores: which jobs reach them, and with which account."""

import pytest

from homestead.deployment.checks.schema_checks import schema_errors
from homestead.deployment.manifests import pod_specs
from homestead.deployment.problems.jobs import cron_jobs
from homestead.deployment.problems.source_access import source_policies


@pytest.mark.parametrize(
    ("source", "port"),
    [
        ("https://data.example/table.csv", 443),
        ("http://data.example:8080/table.csv", 8080),
        ("postgresql+psycopg://reader@db.example/sales?query=select+1", 5432),
        ("dvc://https://git.example/team/data.git@v1/sales.csv", 443),
    ],
)
def test_jobs_that_read_the_table_reach_its_port(source: str, port: int) -> None:
    (policy,) = source_policies("flats", source)
    assert schema_errors([policy], {}) == ([], [])
    (rule,) = policy["spec"]["egress"]
    assert rule["ports"] == [{"port": port}]
    assert rule["to"][0]["ipBlock"]["except"] == ["169.254.0.0/16"]
    selected = [
        job["metadata"]["name"]
        for job in cron_jobs("flats")
        if policy["spec"]["podSelector"]["matchLabels"].items()
        <= job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert selected == ["train-flats", "materialize-flats", "retrain-flats"]


@pytest.mark.parametrize("source", ["s3://homestead/data/a.csv", "/app/data/a.csv"])
def test_the_stores_need_no_further_rule(source: str) -> None:
    assert source_policies("flats", source) == []


def test_only_jobs_that_read_the_table_get_its_account() -> None:
    for job in cron_jobs("flats"):
        (pod,) = pod_specs(job)
        secrets = [
            v["secretRef"]
            for v in pod["containers"][0]["envFrom"]
            if v.get("secretRef", {}).get("name", "").startswith("source-")
        ]
        reads = job["metadata"]["name"] in ("train-flats", "materialize-flats", "retrain-flats")
        assert secrets == ([{"name": "source-flats", "optional": True}] if reads else [])
