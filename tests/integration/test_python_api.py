"""Python from a script as users write it: one training, whose champion the other tests ask."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd
import pytest

import homestead
from homestead.data.tables import hash_source
from homestead.problem.schema import Problem
from homestead.steps.history.reproduce import reproduce
from homestead.tracking import registry, runs, tags
from tests.conftest import CHURN, settings_at
from tests.serving import Server

# No guard of the main module, an event loop that runs as in a notebook, and forks after it.
_SCRIPT = f"""
import asyncio
import multiprocessing
import pathlib
import pandas as pd
import homestead

assert __name__ == "__main__"
frame = pd.read_csv({str(CHURN.with_suffix(".csv"))!r}, parse_dates=["day"])
key = frame[["customer"]].tail(3)

async def cell():
    return homestead.train({str(CHURN)!r}, frame, home="home", candidates=["forest"])

result = asyncio.run(cell())
print(result)
print(result.certificate.data_hash)

async def answer():
    return homestead.load_champion("churn", home="home").predict_proba(key)

loaded_here = homestead.load_champion("churn", home="home")
here = loaded_here.predict_proba(key)

def child(queue):
    queue.put((asyncio.run(answer()), loaded_here.predict_proba(key)))

context = multiprocessing.get_context("fork")
queue = context.Queue()
process = context.Process(target=child, args=(queue,))
process.start()
for there in queue.get(timeout=90):
    pd.testing.assert_frame_equal(here, there, check_exact=True)
process.join(90)
assert process.exitcode == 0, process.exitcode
print("equal after a fork")
"""
# Python imports this at its start: hosts that any of the processes looks for are written down.
_WATCHED_HOSTS = """
import os
import sys

def watch(event, args):
    if event == "socket.getaddrinfo":
        host = str(args[0])
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = str(args[1][0])
    else:
        return
    if host not in ("127.0.0.1", "::1", "localhost", "None"):
        with open(os.environ["HOSTS_LOOKED_FOR"], "a", encoding="utf-8") as file:
            print(host, *sys.argv[:3], file=file)

sys.addaudithook(watch)
"""
_OF_TELEMETRY = {"DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "FEAST_USAGE", "ORT_DISABLE_TELEMETRY"}


@dataclass(frozen=True)
class _Trained:
    home: Path
    output: str
    log: str
    hosts: str


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> _Trained:
    folder = tmp_path_factory.mktemp("python")
    script = folder / "script.py"
    script.write_text(_SCRIPT)
    hooks, hosts = folder / "hooks", folder / "hosts.txt"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(_WATCHED_HOSTS)
    environment = {name: value for name, value in os.environ.items() if name not in _OF_TELEMETRY}
    search = os.pathsep.join(filter(None, (str(hooks), os.environ.get("PYTHONPATH"))))
    environment |= {"PYTHONPATH": search, "HOSTS_LOOKED_FOR": str(hosts)}
    watched = "import socket; socket.getaddrinfo('192.0.2.1', 9)"  # no name is asked for
    subprocess.run([sys.executable, "-c", watched], env=environment, check=True)
    assert hosts.read_text().startswith("192.0.2.1")
    hosts.write_text("")
    command = [sys.executable, "-W", "error::ResourceWarning", str(script)]
    process = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return _Trained(folder / "home", process.stdout, process.stderr, hosts.read_text())


def test_nobody_is_told_that_it_ran(trained: _Trained) -> None:
    assert trained.hosts == ""


def test_a_script_trains_in_an_event_loop_and_loads_after_a_fork(trained: _Trained) -> None:
    lines = trained.output.splitlines()
    assert lines[0] == "decision: promote, churn version 1"
    assert lines[1].startswith("new model: log_loss ")
    assert lines[-1] == "equal after a fork"
    # A log's lines, none of them written over.
    assert "\r" not in trained.log
    assert "\x1b" not in trained.log
    assert any(line.startswith("  train forest") for line in trained.log.splitlines())


def test_a_frame_is_recorded_as_a_file_is_and_found_in_a_moved_home(
    trained: _Trained, tmp_path: Path
) -> None:
    settings = settings_at(trained.home)
    mlflow = runs.open_client(settings)
    version = mlflow.get_model_version("churn", "1")
    run = mlflow.get_run(version.tags[tags.RUN])
    [kept] = (trained.home / "data").iterdir()
    data_hash = hash_source(str(kept))
    assert kept.name == f"churn-{data_hash}.parquet"
    assert run.data.tags[tags.SOURCE] == str(kept)
    assert version.tags[tags.DATA_HASH] == run.data.tags[tags.DATA_HASH] == data_hash
    assert data_hash in trained.output
    moved = tmp_path / "moved"
    trained.home.rename(moved)
    try:
        report = reproduce("churn", settings_at(moved), "1", report=lambda _: None)
    finally:
        moved.rename(trained.home)
    assert report.is_identical, report
    assert registry.champion(runs.open_client(settings), "churn") is not None


def test_the_champion_answers_with_a_servers_bits(trained: _Trained, churn: Problem) -> None:
    champion = homestead.load_champion(churn, home=trained.home)
    assert champion.version == "1"
    frame = pd.read_csv(churn.source)
    by_key = frame[["customer"]].drop_duplicates().tail(40).set_index("customer", drop=False)
    by_columns = frame[["plan", "months", "satisfaction", "region", "paperless"]].tail(40)
    server = Server(trained.home)
    try:
        for rows in (by_key.rename_axis(None), by_columns):
            answers = champion.predict_proba(rows)
            assert answers.index.equals(rows.index)
            content = rows.to_json(orient="records", double_precision=15)
            response = httpx.post(f"{server.url}/predict", content=content)
            assert response.status_code == 200, response.text
            served = response.json()["predictions"]
            assert answers.to_dict("records") == [row["probabilities"] for row in served]
            assert champion.predict(rows).tolist() == [row["prediction"] for row in served]
    finally:
        assert server.stop() == 0
    explained = champion.explain(by_columns)
    assert explained.xs("left", axis=1).to_numpy().sum(axis=1) == pytest.approx(
        champion.predict_proba(by_columns)["left"].to_numpy()
    )
    assert "Model card" in champion.card.html or "churn" in champion.card.html
    with pytest.raises(homestead.RefusedRowsError, match=r"^row 1: unknown customer 99999$"):
        champion.predict(pd.DataFrame({"customer": [int(by_key.index[0]), 99999]}))
