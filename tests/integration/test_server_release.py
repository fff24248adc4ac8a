"""Champion and challenger in one running server."""

from pathlib import Path

import httpx
import pandas as pd
import pytest
from sqlalchemy import create_engine

from homestead.database.served_plans import read_served_plans
from homestead.model.onnx_model import Model
from homestead.problem.sections.column import Column
from homestead.release.plan import ModelVersion, read_plan
from tests.certified import certify, release
from tests.conftest import settings_at
from tests.earlier_home import path_of
from tests.serving import FULL, Server, World, ask, with_contract


def by(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["meta"]["tags"]["model_version"])


def follow(server: Server, world: World, **plan: object) -> None:
    """Release boosting with a challenger, and wait until the server has it."""
    world.release(world.models["boosting"], **plan)
    challenger = plan["challenger"]
    served = f"{server.url}/v2/models/churn/versions/{challenger.version}"  # type: ignore[attr-defined]
    server.wait(lambda: httpx.get(served).status_code == 200, 10)


def test_the_share_splits_customers_and_each_sees_one_model(server: Server, world: World) -> None:
    challenger = world.models["forest"]
    follow(server, world, challenger=challenger, traffic_share=0.3)
    rows = [{**FULL, "customer": number} for number in range(1, 401)]
    with httpx.Client(base_url=server.url) as client:
        first = [by(client.post("/predict", json={"jsonData": row})) for row in rows]
        again = [by(client.post("/predict", json={"jsonData": row})) for row in rows[::-1]]
    assert first == again[::-1]
    assert 0.2 < first.count("2") / len(first) < 0.4
    # A larger share keeps those who are with the challenger already.
    world.release(world.models["boosting"], challenger=challenger, traffic_share=0.6)
    with httpx.Client(base_url=server.url) as client:
        grown: list[str] = []
        server.wait(lambda: count(client, rows[:60], grown) > 25, 10)
    assert all(now == "2" for now, before in zip(grown, first[:60], strict=True) if before == "2")


def count(client: httpx.Client, rows: list[dict[str, object]], found: list[str]) -> int:
    found[:] = [by(client.post("/predict", json={"jsonData": row})) for row in rows]
    return found.count("2")


def test_the_champion_answers_for_a_failing_challenger(server: Server, world: World) -> None:
    months = Column(type="integer", range=(0, 3))
    columns = {**world_columns(world), "months": months}
    failing = with_contract(world, "forest", "8", columns=columns)
    follow(server, world, challenger=failing, traffic_share=1.0)
    assert by(ask(server, {**FULL, "months": 2})) == "8"
    assert by(ask(server, FULL)) == "1"
    # A client's mistake is not the challenger's.
    assert ask(server, {**FULL, "plan": "none"}).status_code == 400
    assert 'homestead_challenger_failures_total{model="churn",version="8"} 1.0' in server.metrics()
    assert 'homestead_model_info{digest="' in server.metrics()
    # Nor does one failure count again as its own shadow.
    world.release(world.models["boosting"], challenger=failing, traffic_share=1.0, paired_share=1.0)
    answers: list[httpx.Response] = []

    def has_shadow() -> bool:
        # The plan is followed within a second, the log a little later.
        answers.append(ask(server, {**FULL, "months": 2}))
        assert by(answers[-1]) == "8"
        return any(shadows_of(world, answer) == ["1"] for answer in answers)

    server.wait(has_shadow, 20)
    assert by(ask(server, FULL)) == "1"
    assert 'homestead_challenger_failures_total{model="churn",version="8"} 2.0' in server.metrics()


def shadows_of(world: World, answer: httpx.Response) -> list[str]:
    """Return the versions logged so far as shadows of an answered prediction."""
    name = answer.json()["meta"]["tags"]["prediction_id"]
    engine = create_engine(world.settings.database_url)
    try:
        logged = pd.read_sql("SELECT version, shadow_of FROM predictions", engine)
    finally:
        engine.dispose()
    return list(logged.version[logged.shadow_of == name])


def world_columns(world: World) -> dict[str, Column]:
    return Model(Path(world.models["forest"].uri).read_bytes()).contract.columns


def test_pairs_are_logged_side_by_side(server: Server, world: World) -> None:
    follow(server, world, challenger=world.models["forest"], paired_share=1.0)
    server.wait(lambda: by(ask(server, FULL)) == "1", 5)
    found = ask(server, FULL)
    assert by(found) == "1"
    server.wait(lambda: shadows_of(world, found) == ["2"], 10)


def test_a_server_says_in_the_database_what_it_serves(server: Server, world: World) -> None:
    follow(server, world, challenger=world.models["forest"], traffic_share=0.2)
    expected = read_plan(world.settings.release_plan("churn")).digest
    engine = create_engine(world.settings.database_url)
    try:
        server.wait(
            lambda: expected in {row.plan_digest for row in read_served_plans(engine, "churn")}, 10
        )
        (row,) = read_served_plans(engine, "churn")
    finally:
        engine.dispose()
    assert (row.champion, row.challenger, row.error) == ("1", "2", None)
    assert row.is_alive


def test_a_waiting_server_is_live_and_becomes_ready(world: World, tmp_path: Path) -> None:
    waiting = Server(tmp_path, ready=False, options=["--wait"], HOMESTEAD_CONNECTION_REQUESTS="4")
    try:
        assert httpx.get(f"{waiting.url}/health/status").status_code == 503
        assert ask(waiting, FULL).status_code == 503
        waits_for = settings_at(tmp_path)
        release(waits_for, "churn", world.models["boosting"])
        ready = f"{waiting.url}/v2/health/ready"
        waiting.wait(lambda: httpx.get(ready).status_code == 200)
        with httpx.Client(base_url=waiting.url) as client:
            answers = [client.post("/predict", json={"jsonData": FULL}) for _ in range(20)]
        assert {by(answer) for answer in answers} == {"1"}
        ends = ["close" in answer.headers.get("connection", "") for answer in answers]
        assert 5 <= sum(ends) <= 10
    finally:
        assert waiting.stop() == 0


def test_a_server_keeps_its_model_and_says_what_is_wrong_with_a_certificate(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    champion, challenger = world.models["boosting"], world.models["forest"]
    world.release(champion)
    server = Server(world.settings.home)
    metric = 'homestead_release_plan_errors_total{model="churn"}'

    def refused(certified: ModelVersion) -> str:
        before = sample(server, metric)
        world.release(champion, challenger=certified, traffic_share=1.0)
        server.wait(lambda: sample(server, metric) > before, 10)
        assert by(ask(server, FULL)) == "1"
        return capfd.readouterr().err

    try:
        older = certify(world.settings, challenger, "churn", "c" * 64)
        assert "was issued against champion cccccccccccc, the champion is" in refused(older)
        swapped = certify(world.settings, champion, "churn", champion.digest)
        other = challenger.model_copy(update={"certificate": swapped.certificate})
        assert f"the certificate is of model {champion.digest[:12]}" in refused(other)
        good = certify(world.settings, challenger, "churn", champion.digest)
        path = path_of(good.certificate)
        content = path.read_bytes()
        path.write_bytes(content.replace(b"A", b"B", 1))
        assert "the certificate was changed" in refused(good)
        path.write_bytes(content)
        # The server tries a plan again that it could not follow.
        server.wait(lambda: by(ask(server, FULL)) == "2", 10)
    finally:
        assert server.stop() == 0
        world.release(champion)


def sample(server: Server, name: str) -> float:
    lines = server.metrics().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))
