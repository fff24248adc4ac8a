"""The log of a running server: a full disk, personal data, retention, a killed helper."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from homestead.model.onnx_model import Model
from homestead.settings import Settings
from tests.certified import release
from tests.conftest import CHURN, settings_at
from tests.serving import FULL, Server, World, ask, logged, with_contract


def home_of(tmp_path: Path, world: World, version: str = "boosting", **changes: object) -> Settings:
    """Prepare a separate home that serves a model, or its twin with another contract."""
    settings = settings_at(tmp_path)
    model = with_contract(world, version, "5", **changes) if changes else world.models[version]
    release(settings, "churn", model)
    return settings


def limit_files(server: Server, size: int) -> None:
    """No file of the server's may grow beyond ``size`` bytes: as good as a full disk."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("policy", ["refuse", "shed"])
def test_a_full_disk_refuses_or_sheds(tmp_path: Path, world: World, policy: str) -> None:
    settings = home_of(tmp_path, world)
    server = Server(tmp_path, ready=False, HOMESTEAD_LOG_FULL=policy)
    try:
        answered = [ask(server, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(3)]
        limit_files(server, 1000)
        # Room for a segment is there already: 4 MiB.
        full = [fill(server) for _ in range(25)]
        if policy == "refuse":
            assert full[-1].status_code == 503
            assert full[-1].headers["retry-after"]
            assert "prediction log cannot be written" in full[-1].json()["status"]["info"]
            assert 'homestead_failed_requests_total{model="churn",reason="log"}' in server.metrics()
        else:
            assert {answer.status_code for answer in full} == {200}
            shed = 'homestead_prediction_log_shed_rows_total{model="churn"} '
            assert float(server.metrics().split(shed)[1].split("\n")[0]) >= 5000
        limit_files(server, resource.RLIM_INFINITY)
        after = ask(server, FULL)
        assert after.status_code == 200
        answered.append(after.json()["meta"]["tags"]["prediction_id"])
        server.wait(lambda: set(answered) <= set(logged(settings).prediction_id), 60)
        if policy == "refuse":
            assert not logged(settings).duplicated(["prediction_id", "row"]).any()
    finally:
        server.stop()


def fill(server: Server) -> httpx.Response:
    """Ask for so many rows that 25 of these are too much for a segment of the log."""
    return httpx.post(f"{server.url}/predict", json={"jsonData": [FULL] * 5000}, timeout=60)


def columns(world: World, **marks: str) -> dict[str, object]:
    contract = Model(Path(world.models["boosting"].uri).read_bytes()).contract
    return {
        name: column.model_copy(update={"sensitive": marks.get(name)})
        for name, column in contract.columns.items()
    }


def test_sensitive_values_are_nowhere_in_the_home(tmp_path: Path, world: World) -> None:
    marks = columns(world, satisfaction="drop", customer="hash")
    settings = home_of(tmp_path, world, columns=marks)
    server = Server(tmp_path, ready=False, HOMESTEAD_LOG_KEY="a secret")
    row = {**FULL, "customer": 41_234, "satisfaction": 6.1875}
    try:
        assert ask(server, row).status_code == 200
        spooled = b"".join(p.read_bytes() for p in (tmp_path / "spool" / "churn").glob("*.jsonl"))
        server.wait(lambda: len(logged(settings)) == 1, 10)
    finally:
        server.stop()
    engine = create_engine(settings.database_url)
    (kept,) = pd.read_sql("SELECT * FROM predictions", engine).to_dict("records")
    engine.dispose()
    assert "satisfaction" not in kept["features"]
    assert '"trouble":0.4' in kept["features"]
    assert len(kept["entity"]) == 32
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for content in (spooled, *files):
        assert b"41234" not in content
        assert b"6.1875" not in content


def test_hashes_without_a_key_are_one_sentence(tmp_path: Path, world: World) -> None:
    home_of(tmp_path, world, columns=columns(world, customer="hash"))
    done = subprocess.run(
        [sys.executable, "-m", "homestead", "serve", "--problem", str(CHURN)],
        env={**os.environ, "HOMESTEAD_HOME": str(tmp_path), "HOMESTEAD_LOG_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "HOMESTEAD_LOG_KEY: required to hash the sensitive columns customer" in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_are_kept_for_as_many_days_as_the_settings_say(tmp_path: Path, world: World) -> None:
    settings = home_of(tmp_path, world)
    server = Server(tmp_path, ready=False)
    for _ in range(2):
        ask(server, FULL)
    server.wait(lambda: len(logged(settings)) == 2, 10)
    server.stop()
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        old = "UPDATE predictions SET at = at - 8 * 86400 WHERE rowid = 1"
        connection.execute(text(old))
    engine.dispose()
    server = Server(tmp_path, ready=False, HOMESTEAD_LOG_DAYS="7")
    server.wait(lambda: len(logged(settings)) == 1, 10)
    server.stop()


def lag(server: Server, unit: str) -> float:
    name = f'homestead_prediction_log_lag_{unit}{{model="churn"}} '
    return float(server.metrics().split(name)[1].split("\n")[0])


def test_files_deleted_under_a_server_lose_no_later_row_and_a_stopped_helper_is_seen(
    tmp_path: Path, world: World
) -> None:
    settings = home_of(tmp_path, world)
    server = Server(tmp_path, ready=False)

    def answer() -> str:
        prediction_id: str = ask(server, FULL).json()["meta"]["tags"]["prediction_id"]
        return prediction_id

    def arrived() -> set[str]:
        return set(logged(settings).prediction_id)

    try:
        answered = {answer()}
        server.wait(lambda: arrived() == answered)
        for path in tmp_path.glob("homestead.db*"):
            path.unlink()
        answered.add(answer())
        # The first one is shipped again, since the spool still has it.
        server.wait(lambda: (tmp_path / "homestead.db").exists() and arrived() == answered)
        shutil.rmtree(tmp_path / "spool")
        answered.add(answer())
        # The helper tells what it has shipped a moment after it has.
        server.wait(lambda: arrived() == answered and lag(server, "rows") == 0)
        children = ["pgrep", "-P", str(server.process.pid)]
        found = subprocess.run(children, capture_output=True, text=True, check=True)
        helper = int(found.stdout)
        os.kill(helper, signal.SIGSTOP)
        answered.add(answer())
        server.wait(lambda: lag(server, "rows") == 1 and lag(server, "seconds") > 1)
        os.kill(helper, signal.SIGCONT)
        server.wait(lambda: lag(server, "rows") == lag(server, "seconds") == 0)
        assert arrived() == answered
    finally:
        server.stop()


def test_a_killed_helper_is_started_again_and_ships_everything_once(
    tmp_path: Path, world: World
) -> None:
    settings = home_of(tmp_path, world)
    server = Server(tmp_path, ready=False)

    def helpers() -> list[int]:
        found = subprocess.run(
            ["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    try:
        answered = [ask(server, FULL).json()["meta"]["tags"]["prediction_id"]]
        server.wait(lambda: set(answered) == set(logged(settings).prediction_id))
        (helper,) = helpers()
        os.kill(helper, signal.SIGKILL)
        answered += [ask(server, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(3)]
        server.wait(lambda: set(answered) == set(logged(settings).prediction_id))
        assert helpers() != [helper]
        assert len(logged(settings)) == 4
    finally:
        server.stop()


def test_a_killed_servers_log_is_shipped_without_another_server(
    tmp_path: Path, world: World
) -> None:
    settings = home_of(tmp_path, world)
    server = Server(tmp_path, ready=False)
    answered = [ask(server, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(20)]
    server.process.kill()
    server.process.wait()
    deadline = time.monotonic() + 10
    while set(answered) != set(logged(settings).prediction_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(answered) == set(logged(settings).prediction_id)
