"""The log of a running server as Parquet files: a server that is stopped leaves nothing behind."""

from pathlib import Path

import httpx
import pyarrow.parquet as pq

from tests.certified import release
from tests.conftest import settings_at
from tests.serving import FULL, Server, World, ask


def test_a_stopped_server_has_written_every_prediction_once(tmp_path: Path, world: World) -> None:
    settings = settings_at(tmp_path / "home")
    release(settings, "churn", world.models["boosting"])
    log = tmp_path / "log"
    # With the time that a server has by default.
    server = Server(settings.home, HOMESTEAD_LOG_URI=str(log), HOMESTEAD_FINISH_S="")
    try:
        ids = [ask(server, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(50)]
        for _ in range(4):
            content = {"jsonData": [FULL] * 2500}
            answer = httpx.post(f"{server.url}/predict", json=content, timeout=60).json()
            ids += 2500 * [answer["meta"]["tags"]["prediction_id"]]
        # The segment is open: nothing is written yet.
        assert not list(log.rglob("*.parquet"))
    finally:
        server.stop_later()
        server.process.wait(120)
    written = [
        name
        for path in log.rglob("*.parquet")
        for name in pq.read_table(path, columns=["prediction_id"], partitioning=None)[
            "prediction_id"
        ].to_pylist()
    ]
    assert sorted(written) == sorted(ids)
    assert not list((settings.home / "spool" / "churn").glob("*.jsonl"))
