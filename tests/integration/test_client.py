"""The Python client against a running server: bits, errors, and a connection that is cut."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.client.async_client import AsyncClient
from homestead.client.client import Client
from homestead.client.errors import (
    InvalidRequestError,
    NotServedError,
    UnavailableError,
    UnknownEntityError,
)
from homestead.model.onnx_model import Model
from tests.proxy import Fault, Proxy
from tests.serving import FULL, Server, World, ask


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url, timeout=60) as found:
        yield found


def frame(world: World, count: int) -> pd.DataFrame:
    """Return keys of the online store, under an index of their own."""
    keys = world.valid["customer"].drop_duplicates().head(count)
    return pd.DataFrame({"customer": keys.to_numpy()}, index=[f"row {i}" for i in range(len(keys))])


def test_a_row_rows_and_a_frame_have_the_same_bits(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = frame(world, 25)
    rows = [{"customer": key} for key in keys["customer"].tolist()]
    monkeypatch.setattr("homestead.client.operations._PREDICTED_ROWS", 10)
    table = client.predict(keys)
    assert table.index.equals(keys.index)
    assert table["row"].tolist() == [*range(10), *range(10), *range(5)]
    assert table["prediction_id"].nunique() == 3
    listed = client.predict(rows)
    assert listed.values == table["prediction"].tolist()
    assert [one.probabilities for one in listed] == [
        {"stayed": stayed, "left": left}
        for stayed, left in zip(table["probability_stayed"], table["probability_left"], strict=True)
    ]
    single = client.predict(rows[3])
    assert (single.value, single.probabilities) == (listed[3].value, listed[3].probabilities)
    model = Model(Path(world.models["boosting"].uri).read_bytes())
    expected = model.predict(np.array([[2.0, 7.5, 1, 2.0, 0.4]]))[0]
    found = client.predict(FULL).probabilities
    assert found is not None
    assert list(found.values()) == list(expected)


def test_contributions_add_up_by_row_and_in_a_frame(client: Client, world: World) -> None:
    keys = frame(world, 3)
    contributions, predictions = client.explain(keys), client.predict(keys)
    assert contributions.index.equals(keys.index)
    assert contributions.columns.names == ["class", "feature"]
    assert "base" in contributions["left"].columns[-1:]
    total = contributions["left"].to_numpy().sum(axis=1)
    assert np.allclose(total, predictions["probability_left"], rtol=1e-9)
    explained = client.explain(FULL)
    assert explained.contributions is not None
    assert explained.contributions["plan"] == pytest.approx(
        ask_contributions(client, "plan"), rel=1e-12
    )


def ask_contributions(client: Client, name: str) -> dict[str, float]:
    (row,) = client.explain([FULL])
    assert row.contributions is not None
    found = row.contributions[name]
    assert isinstance(found, dict)
    return found


def test_errors_say_which_row_and_field(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homestead.client.operations._PREDICTED_ROWS", 2)
    with pytest.raises(InvalidRequestError, match="row 3: plan: found 'gold', allowed") as error:
        client.predict([FULL, FULL, FULL, {**FULL, "plan": "gold"}])
    assert (error.value.row, error.value.field, error.value.status) == (3, "plan", 400)
    with pytest.raises(InvalidRequestError, match="unknown field") as error:
        client.predict({**FULL, "colour": "red"})
    assert (error.value.row, error.value.field) == (0, "colour")
    with pytest.raises(UnknownEntityError) as unknown:
        client.predict(pd.DataFrame({"customer": [99999]}))
    assert unknown.value.row == 0
    with pytest.raises(NotServedError, match="served: 1"):
        client.predict(FULL, version="7")
    with pytest.raises(InvalidRequestError, match="no prediction intervals"):
        client.predict(FULL, interval=True)
    with Client("http://127.0.0.1:9", retries=0) as other, pytest.raises(UnavailableError):
        other.predict(FULL)


def test_a_request_whose_answer_was_cut_off_is_answered_and_logged_once(server: Server) -> None:
    expected = ask(server, FULL).json()["data"]["ndarray"][0]
    before = rows_logged(server)
    proxy = Proxy(server.port)
    proxy.fault = Fault("answer", b"HTTP/1.1 200", "cut")
    with Client(f"http://127.0.0.1:{proxy.port}", timeout=60) as client:
        found = client.predict([FULL, FULL], request_id="cut off once")
    assert proxy.fault is None  # it has happened
    proxy.close()
    assert [list((row.probabilities or {}).values()) for row in found] == [expected] * 2
    # A row is counted when its line is in the log.
    assert rows_logged(server) == before + 2


def rows_logged(server: Server) -> float:
    (line,) = (
        line
        for line in server.metrics().splitlines()
        if line.startswith("homestead_predictions_total")
    )
    return float(line.split()[-1])


def test_outcomes_models_and_readiness(client: Client, world: World) -> None:
    client.wait_until_ready(5)
    (model,) = client.models()
    assert (model.name, model.version, model.role, model.share) == ("churn", "1", "champion", 1.0)
    assert (model.target, model.classes, model.key) == (
        "outcome",
        ("stayed", "left"),
        ("customer",),
    )
    table = client.predict(frame(world, 2))
    results = client.label(table, ["left", "stayed"])
    assert [result.status for result in results] == ["sent", "sent"]
    with pytest.raises(InvalidRequestError, match="allowed are stayed"):
        client.label(client.predict(FULL), "moved")


def test_the_asynchronous_client_gives_the_same(server: Server, world: World) -> None:
    keys = frame(world, 4)

    async def run() -> None:
        async with AsyncClient(server.url, timeout=60) as client:
            await client.wait_until_ready(5)
            one, table = await asyncio.gather(client.predict(FULL), client.predict(keys))
            explained = await client.explain([FULL])
            (model,) = await client.models()
            (label,) = await client.label(one, one.value)
        assert table.index.equals(keys.index)
        assert explained[0].value == one.value
        assert (model.version, label.status) == ("1", "sent")

    asyncio.run(run())
