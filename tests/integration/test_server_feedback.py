"""Feedback to a running server: what is taken, and the verdict that each message gets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from homestead.prediction_log.labels.feedback_verdicts import GRACE_S
from homestead.prediction_log.tables import FEEDBACK, FEEDBACK_VERDICTS
from homestead.serving.request_limits import MAX_INLINE_BODY_BYTES, MAX_ROWS
from homestead.settings import Settings
from tests.conftest import settings_at
from tests.serving import FULL, Server, World

TOKEN = "s3cret"  # noqa: S105
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def home(tmp_path: Path, world: World) -> Settings:
    """Prepare a home whose log is empty."""
    settings = settings_at(tmp_path)
    World(settings, world.valid, world.models).release(world.models["boosting"])
    return settings


@pytest.fixture
def server(home: Settings) -> Iterator[Server]:
    running = Server(home.home, HOMESTEAD_FEEDBACK_TOKEN=TOKEN)
    yield running
    assert running.stop() == 0


def predict(server: Server, rows: int, **meta: str) -> str:
    """Return the id of a prediction."""
    content = {"jsonData": [FULL] * rows, "meta": meta}
    answer = httpx.post(f"{server.url}/predict", json=content, timeout=60).raise_for_status()
    return str(answer.json()["meta"]["tags"]["prediction_id"])


def say(server: Server, prediction: str, *truths: str, **headers: str) -> httpx.Response:
    content = {
        "response": {"meta": {"tags": {"prediction_id": prediction}}},
        "truth": {"data": {"ndarray": [[truth] for truth in truths]}},
    }
    url = f"{server.url}/send-feedback"
    return httpx.post(url, json=content, headers=headers or AUTHORIZED, timeout=60)


def run(home: Settings, statement: Any) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(home.database_url)
    try:
        with engine.begin() as connection:
            result = connection.execute(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_each_message_gets_its_verdict(server: Server, home: Settings) -> None:
    two, many = predict(server, 2), predict(server, MAX_ROWS)
    for _ in range(2):
        predict(server, 1, puid="mine")
    assert say(server, two, "left", "left", authorization="Bearer wrong").status_code == 401
    said = [
        ("accepted", say(server, two, "left", "stayed")),
        ("repeated", say(server, two, "left", "stayed")),
        ("contradiction", say(server, two, "stayed", "stayed")),
        ("too_many_rows", say(server, two, "left", "stayed", "left")),
        ("accepted", say(server, many, *["left"] * MAX_ROWS)),
        ("ambiguous_prediction", say(server, "mine", "left")),
        ("unknown_prediction", say(server, "forged", "left")),
    ]
    assert {answer.status_code for _, answer in said} == {200}
    assert len(said[4][1].request.content) > MAX_INLINE_BODY_BYTES
    # The database is made with the first shipping; an id is unknown after a while only.
    forged = FEEDBACK.c.prediction_id == "forged"
    server.wait_for_metric('homestead_feedback_messages{model="churn",verdict="accepted"} 2.0', 60)
    run(home, sa.update(FEEDBACK).where(forged).values(at=FEEDBACK.c.at - GRACE_S))
    unknown = 'homestead_feedback_messages{model="churn",verdict="unknown_prediction"} 1.0'
    server.wait_for_metric(unknown, 60)
    verdicts = run(home, sa.select(FEEDBACK_VERDICTS.c.feedback_id, FEEDBACK_VERDICTS.c.verdict))
    assert dict(verdicts) == {
        answer.json()["meta"]["tags"]["feedback_id"]: verdict for verdict, answer in said
    }
    # The messages themselves stay as they were sent.
    (rows,) = run(home, sa.select(sa.func.count()).select_from(FEEDBACK))
    assert rows == (2 + 2 + 2 + 3 + MAX_ROWS + 1 + 1,)
    for verdict, count in {"repeated": 1, "contradiction": 1, "too_many_rows": 1}.items():
        sample = f'homestead_feedback_messages{{model="churn",verdict="{verdict}"}} {count}.0'
        assert sample in server.metrics()
