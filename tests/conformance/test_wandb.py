"""Weights & Biases' own client writes the mirror, offline; its files are read back."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOKEN = "planted0" * 5


@contextmanager
def listener() -> Iterator[socket.socket]:
    """Listen on a port on which nobody is to call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def mirrored(tracker_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Mirror runs in a repository whose address holds a token; return what was written."""
    folder = tmp_path_factory.mktemp("wandb")
    remote = f"https://someone:{TOKEN}@example.org/models.git"
    for command in (["init", "-q"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    with listener() as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        process = subprocess.run(
            [sys.executable, "-m", "tests.conformance.wandb_calls", str(folder / "home")],
            env={
                **os.environ,
                "HOME": str(folder),
                "PYTHONPATH": f"{ROOT}{os.pathsep}{tracker_packages}",
                "WANDB_MODE": "offline",
                "WANDB_API_KEY": TOKEN,
                "WANDB_BASE_URL": address,
                "HOMESTEAD_SOURCE_TOKEN": TOKEN,
                **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), address),
                **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), address),
                **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
            },
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        connections = 0
        try:
            server.accept()[0].close()
            connections += 1
        except BlockingIOError:
            pass
    return {**json.loads(process.stdout), "folder": folder, "connections": connections}


def test_a_run_and_its_candidates_are_mirrored_with_certificate_and_model(
    mirrored: dict[str, Any],
) -> None:
    training, candidate, _ = mirrored["segments"]
    assert training["id"] == training["group"] == candidate["group"] == mirrored["parent"]
    assert (training["kind"], candidate["kind"]) == ("training", "candidate")
    assert (training["project"], candidate["name"]) == ("flats", "a")
    assert training["exit"] == candidate["exit"] == 0
    assert training["config"]["commit"] == "c0ffee"
    assert candidate["config"]["alpha"] == "1"
    # First its trials in their order, then what the model came to.
    trial, *_, last = candidate["rows"]
    assert (trial["mlflow_step"], trial["trial_mae"]) == (1, mirrored["mae"])
    assert last["validation_mae"] == mirrored["mae"]
    # The quarantined rows of the run are no file of it.
    assert training["artifacts"]["flats-certificate"]["files"].keys() == {
        "certificate.json",
        "certificates/abc.dsse.json",
    }
    model = candidate["artifacts"]["flats-model"]
    assert model["files"] == {"model.onnx": mirrored["model_bytes"]}
    assert model["metadata"]["digest"] == mirrored["digest"]
    assert "a" in model["aliases"]


def test_two_segments_give_their_union_and_a_second_copy_adds_nothing(
    mirrored: dict[str, Any],
) -> None:
    # Nothing, one file for each run, nothing more, and what was added later.
    assert mirrored["counts"] == [0, 2, 2, 3]
    assert mirrored["said"] == ["mirrored in Weights & Biases (offline): 2 of MLflow's runs"]
    first, _, second = mirrored["segments"]
    assert first["id"] == second["id"]
    assert [row["loss"] for row in first["rows"] + second["rows"]] == [3.0, 2.0, 4.0]
    assert second["notes"] == second["config"]["reason"] == "a reason that came later"


def test_a_lower_step_is_mirrored_below_a_step_of_w_and_b_that_only_grows(
    mirrored: dict[str, Any],
) -> None:
    first, _, second = mirrored["segments"]
    rows = first["rows"] + second["rows"]
    assert [row["mlflow_step"] for row in rows] == [5, 6, 2]
    assert [row["_step"] for row in rows] == [0, 1, 2]


def test_offline_no_connection_is_opened_and_no_file_holds_a_token(
    mirrored: dict[str, Any],
) -> None:
    assert mirrored["connections"] == 0
    written = mirrored["folder"] / "home" / "wandb"
    files = [path for path in written.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert TOKEN.encode() not in content
        assert b"planted-password" not in content
    # The client keeps nothing elsewhere.
    assert {path.name for path in mirrored["folder"].iterdir()} <= {".git", "home"}
