"""Pushing a table into a cluster's bucket: the URI, the account, and the endpoint."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.steps.commands import push_data as command
from homestead.steps.commands.push_data import push_data, read_bucket

# Answers from files, and a port-forward that says where it listens.
_KUBECTL = """#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/calls"
if [[ $1 == port-forward ]]; then
  [[ $2 == service/s3 ]] || { echo "services \\"$2\\" not found" >&2; exit 1; }
  echo "Forwarding from 127.0.0.1:43210 -> 7070"; exec sleep 60
fi
cat "$(dirname "$0")/$1-$2" 2>/dev/null
exit 0
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").write_text(_KUBECTL)
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings(folder, AWS_ENDPOINT_URL="http://s3.homestead:7070")
    keys = {"access-key": "pipeline", "secret-key": "s3cret"}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in keys.items()}
    (folder / "get-secret").write_text(json.dumps({"data": data}))
    return folder


def settings(folder: Path, **values: str) -> None:
    data = {"MLFLOW_DEFAULT_ARTIFACT_ROOT": "s3://homestead/mlflow", **values}
    (folder / "get-configmap").write_text(json.dumps({"data": data}))


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Collect what would be uploaded, in place of an object store."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(command, "_upload", lambda *arguments: found.append(arguments))
    return found


def test_a_table_is_found_by_its_content(
    cluster: Path, uploads: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "wine.csv.gz"
    file.write_bytes(b"one")
    first = push_data(file, "homestead")
    assert first == push_data(file, "homestead")
    assert first.startswith("s3://homestead/data/wine-")
    assert first.endswith(".csv.gz")
    file.write_bytes(b"two")
    assert push_data(file, "homestead") != first
    _, path, bucket, endpoint = uploads[0]
    assert f"s3://{path}" == first
    assert (bucket.access_key, bucket.secret_key) == ("pipeline", "s3cret")
    assert endpoint == "http://127.0.0.1:43210"


def test_a_bucket_outside_of_the_cluster_is_reached_directly_with_the_user_s_own_account(
    cluster: Path,
    uploads: list[tuple[Any, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings(cluster, AWS_ENDPOINT_URL="https://s3.eu-central-1.amazonaws.com")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anna")
    (tmp_path / "wine.csv").write_text("a\n1\n")
    push_data(tmp_path / "wine.csv", "homestead")
    _, _, bucket, endpoint = uploads[0]
    assert endpoint == "https://s3.eu-central-1.amazonaws.com"
    assert bucket.access_key == "anna"
    calls = (cluster / "calls").read_text()
    assert "port-forward" not in calls
    assert "get secret" not in calls


def test_what_is_missing_is_named(cluster: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.csv: no such file"):
        push_data(tmp_path / "absent.csv", "homestead")
    (cluster / "get-configmap").write_text('{"data": {}}')
    with pytest.raises(UserError, match="MLFLOW_DEFAULT_ARTIFACT_ROOT: found ''"):
        read_bucket("homestead")
    (cluster / "get-configmap").write_text("")
    with pytest.raises(UserError, match="namespace red: has no configmap homestead-settings"):
        read_bucket("red")


def test_a_service_that_does_not_answer_is_named(cluster: Path, tmp_path: Path) -> None:
    settings(cluster, AWS_ENDPOINT_URL="http://s4.homestead:7070")
    (tmp_path / "wine.csv").write_text("a\n1\n")
    with pytest.raises(UserError, match=r"service homestead/s4: services .* not found"):
        push_data(tmp_path / "wine.csv", "homestead")
